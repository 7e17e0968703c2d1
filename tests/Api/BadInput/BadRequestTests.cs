using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Xunit;
using Xunit.Abstractions;

namespace Ente.Orleans.Api.Tests.BadInput;

/// <summary>No route answers 500, whatever it is sent. All routes are found from the running server.</summary>
public sealed class BadRequestTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int AtOnce = 4;

    /// <summary>Values that no client sends. A lone surrogate and invalid UTF-8 cannot be written as nodes; see <see cref="Raw"/>.</summary>
    private static readonly IReadOnlyList<JsonNode?> Values =
    [
        null, "", "x\0y", new string('A', 100_000), "\uD83D\uDE00 ' \" ; -- \\ %s {0}", -1, long.MaxValue, long.MinValue, 1e308, true,
        JsonNode.Parse("{}"), JsonNode.Parse("[null]"), JsonNode.Parse("99999999999999999999999999"),
    ];

    private static readonly IReadOnlyList<byte[]> Raw =
    [
        [], "{"u8.ToArray(), "null"u8.ToArray(), "[]"u8.ToArray(), "\"text\""u8.ToArray(), "<xml/>"u8.ToArray(), [0xFF, 0xFE, 0x00],
        Encoding.UTF8.GetBytes(new string('[', 10_000)),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 1000))),
    ];

    private static readonly IReadOnlyList<string> Texts =
    [
        "", "0", "-1", "1", "9223372036854775807", "99999999999999999999", "abc", "1.5", "%00", "a%00b", "%ED%A0%80", "%FF", "%27%22%3B--", "..%2F..%2Fetc",
        "00000000-0000-0000-0000-000000000000", "cmt_AAAAAAAAAAAAAAAAAAAAA", "rct_AAAAAAAAAAAAAAAAAA%00AA", new string('A', 4000),
    ];

    private static readonly string[] QueryNames =
    [
        "sinceTime", "collectionID", "fileID", "limit", "email", "type", "id", "ids", "fileIDs", "keepFiles", "count", "key", "defaultValue", "sessionID",
        "twoFactorType", "lastUpdatedAt", "accessToken", "accessTokenJWT", "memoryCount", "preferNoContent", "userID", "suffix", "ts", "app",
        "commentID", "commentsSinceTime", "reactionsSinceTime",
        "friendlyName", "ceremonySessionID",
    ];

    private const string Administrator = "administrator" + ApiServer.Domain;

    // Read as a whole by whom an administrator asks for all of, and by nobody else.
    private static readonly HashSet<string> ReadWhole = ["accounts"];

    private readonly ApiServer _server = new();
    private Dictionary<string, long> _scans = [];

    // Held by whoever uses a one-time code: meanwhile the clock stands still, since the code would expire under way.
    private readonly SemaphoreSlim _time = new(1);
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentQueue<string> _failures = new();

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        // The first user is the administrator.
        await _server.LogInAsync(Administrator);
        _scans = await ScansAsync();
    }

    public Task DisposeAsync()
    {
        _time.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task Bodies_of_every_kind_of_nonsense_are_refused_without_a_500()
    {
        var routes = Routes().Where(r => r.Method is not ("GET" or "HEAD")).ToList();
        Assert.True(routes.Count > 50, $"only {routes.Count} routes");
        await Parallel.ForEachAsync(routes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (route, _) =>
        {
            var user = await NewUserAsync();
            var path = PathOf(route.Endpoint, $"{user.AlbumId}");
            foreach (var bytes in Raw)
                user = await SendAsync(route.Method, path, bytes, user);
            if (RequestShape.BodyOf(route.Endpoint) is not { } type)
                return;
            var body = RequestShape.Plausible(type, "", user)!;
            foreach (var spoilt in RequestShape.Spoilt(body, Values))
                user = await SendAsync(route.Method, path, Encoding.UTF8.GetBytes(spoilt?.ToJsonString() ?? "null"), user);
            // The same with a lone surrogate and with bytes that are no UTF-8 in each text.
            var marked = body.ToJsonString();
            foreach (var text in new[] { "\\ud800", "\\udc00\\ud800" })
                user = await SendAsync(route.Method, path, Encoding.UTF8.GetBytes(WithTexts(marked, text)), user);
            user = await SendAsync(route.Method, path, [.. Encoding.UTF8.GetBytes(WithTexts(marked, "x").Replace("x", "\u0001", StringComparison.Ordinal)).Select(b => b == 1 ? (byte)0xFF : b)], user);
        });
        AssertNoFailures(2000);
        await NoTableWasReadWholeAsync();
    }

    [Fact]
    public async Task Paths_and_queries_of_every_kind_of_nonsense_are_refused_without_a_500()
    {
        await Parallel.ForEachAsync(Routes(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (route, _) =>
        {
            var user = await NewUserAsync();
            foreach (var text in Texts)
            {
                var query = string.Join('&', QueryNames.Select(n => $"{n}={(text.Length > 100 ? text[..200] : text)}"));
                user = await SendAsync(route.Method, $"{PathOf(route.Endpoint, text)}?{query}", null, user);
                user = await SendAsync(route.Method, $"{PathOf(route.Endpoint, $"{user.AlbumId}")}?{query}", null, user);
            }
        });
        AssertNoFailures(2000);
        await NoTableWasReadWholeAsync();
    }

    [Fact]
    public async Task Headers_of_every_kind_of_nonsense_are_survived()
    {
        var user = await NewUserAsync();
        string[] values = ["", " ", "'", new('A', 5000), "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "1, 2, 3", "::1", "null"];
        string[] names =
        [
            "X-Auth-Token", "X-Auth-Access-Token", "X-Auth-Access-Token-JWT", "X-Auth-Link-Device-Token", "X-Cast-Access-Token", "X-Client-Package",
            "X-Anon-User-Token", "X-Anon-User-ID", "Authorization",
            "X-Client-Version", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Request-Id", "User-Agent", "Origin", "Range",
            "Content-Type", "Accept-Encoding", "If-None-Match",
        ];
        foreach (var path in new[] { "/ping", "/users/session-validity/v2", "/collections/v2?sinceTime=0", "/public-collection/info", "/public-collection/comments/diff", "/files/download/1" })
        {
            foreach (var name in names)
            {
                foreach (var value in values)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, path);
                    if (name != "X-Auth-Token")
                        request.Headers.Add("X-Auth-Token", user.Token);
                    if (name != "X-Auth-Access-Token")
                        request.Headers.Add("X-Auth-Access-Token", user.LinkToken);
                    request.Headers.TryAddWithoutValidation(name, value);
                    using var answer = await _server.Http.SendAsync(request);
                    Assert.True((int)answer.StatusCode < 500, $"{path} with {name}: {value} gave {(int)answer.StatusCode}");
                }
            }
        }
        Assert.Empty(_server.Errors);
    }

    private IReadOnlyList<(string Method, RouteEndpoint Endpoint)> Routes() =>
    [
        .. from endpoint in _server.Endpoints
           where endpoint.RoutePattern.RawText?.Contains("objects/", StringComparison.Ordinal) == false
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
           select (method, endpoint),
    ];

    private static string PathOf(RouteEndpoint endpoint, string value) => string.Concat(endpoint.RoutePattern.PathSegments.Select(
        s => "/" + string.Concat(s.Parts.Select(p => p is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart l ? l.Content : value))));

    private static string WithTexts(string json, string text) => System.Text.RegularExpressions.Regex.Replace(
        json, ":\"[^\"]*\"", $":\"{text}\"", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>Sends, notes a 500, and signs somebody else up where the request has logged its user out.</summary>
    private async Task<ApiUser> SendAsync(string method, string path, byte[]? body, ApiUser user)
    {
        // Limits are tested elsewhere; here they would hide the handlers behind them.
        using var answer = await SendUnlimitedAsync(method, path, body, user);
        _answers.AddOrUpdate($"{(int)answer.StatusCode}", 1, (_, n) => n + 1);
        if (answer.StatusCode >= HttpStatusCode.InternalServerError && !await IsMissingObjectAsync(answer))
            _failures.Enqueue($"{(int)answer.StatusCode} {method} {Short(path)} {(body is null ? "" : Short(Encoding.UTF8.GetString(body)))}");
        if (answer.StatusCode != HttpStatusCode.Unauthorized
            || await _server.StatusAsync(HttpMethod.Get, "/users/session-validity/v2", token: user.Token) == HttpStatusCode.OK)
            return user;
        return await NewUserAsync();
    }

    // Some limits are longer than a minute: not tried for ever.
    private async Task<HttpResponseMessage> SendUnlimitedAsync(string method, string path, byte[]? body, ApiUser user)
    {
        for (var tries = 0; ; tries++)
        {
            var token = await NextMinuteAsync(path, user);
            using var content = body is null ? null : new ByteArrayContent(body);
            var answer = await _server.SendAsync(new HttpMethod(method), path, content, token, user.LinkToken);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests || tries == 3)
                return answer;
            answer.Dispose();
        }
    }

    /// <summary>With an album that is open to visitors: every route is reached behind its door.</summary>
    private async Task<ApiUser> NewUserAsync()
    {
        await _time.WaitAsync();
        try
        {
            var user = await _server.SignUpAsync();
            return user with { LinkToken = await _server.OpenLinkAsync(user) };
        }
        finally
        {
            _time.Release();
        }
    }

    /// <summary>
    /// Lets a minute pass, and gives a token that is let through to the handler: what the gate refuses tests the gate only.
    /// </summary>
    private async Task<string> NextMinuteAsync(string path, ApiUser user)
    {
        await _time.WaitAsync();
        try
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(61));
            if (path.StartsWith("/admin/", StringComparison.Ordinal)) return await _server.LogInAsync(Administrator);
        }
        finally
        {
            _time.Release();
        }

        if (path.StartsWith("/passkeys", StringComparison.Ordinal))
            return (await _server.JsonAsync(HttpMethod.Get, "/users/accounts-token", token: user.Token)).GetProperty("accountsToken").GetString()!;
        if (!path.StartsWith("/family/", StringComparison.Ordinal) || path.StartsWith("/family/leave", StringComparison.Ordinal)) return user.Token;
        var answer = await _server.JsonAsync(HttpMethod.Get, "/users/families-token", token: user.Token);
        return answer.GetProperty("familiesToken").GetString()!;
    }

    /// <summary>The contract's answer to a file whose object was never uploaded.</summary>
    private static async Task<bool> IsMissingObjectAsync(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.ServiceUnavailable
        && (await answer.Content.ReadAsStringAsync()).Contains("OBJECT_SIZE_FETCH_FAILED", StringComparison.Ordinal);

    private void AssertNoFailures(int atLeast)
    {
        output.WriteLine(string.Join(", ", _answers.OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value}")));
        // Refused before it is looked at, nonsense proves nothing: enough of it must have been taken for a request.
        Assert.True(_answers.Values.Sum() >= atLeast && _answers.GetValueOrDefault("200") >= 100, $"{_answers.Values.Sum()} requests");
        Assert.True(_failures.IsEmpty, $"{_failures.Count} failures:\n{string.Join('\n', _failures.Take(40))}\n{string.Join('\n', _server.Errors.Take(5))}");
        Assert.Empty(_server.Errors);
    }

    // Every route was called many times: a statement that has no index to go by would have shown.
    private async Task NoTableWasReadWholeAsync()
    {
        var read = (await ScansAsync()).Where(t => t.Value > _scans.GetValueOrDefault(t.Key) && !ReadWhole.Contains(t.Key)).Select(t => t.Key);
        Assert.Empty(read.Order(StringComparer.Ordinal));
    }

    private async Task<Dictionary<string, long>> ScansAsync()
    {
        var rows = await _server.Database.RowsAsync(
            "select relname::text, seq_scan from pg_stat_user_tables where schemaname in ('projections', 'transient', 'events')",
            r => (Table: r.GetString(0), Scans: r.GetInt64(1)));
        return rows.ToDictionary(r => r.Table, r => r.Scans);
    }

    private static string Short(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
