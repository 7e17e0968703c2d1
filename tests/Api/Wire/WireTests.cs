using System.Net;
using Ente.Orleans.Api.Tests.Budgets;
using Xunit;

namespace Ente.Orleans.Api.Tests.Wire;

/// <summary>Bytes that no client sends: taken where nobody reads them, refused where a proxy might read them otherwise.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Theory]
    // Any bytes in headers that nobody reads, and an origin that is none.
    [InlineData(200, "GET /ping HTTP/1.1\r\nHost: x\r\nX-Client-Version: \u00ff\u00fe\u0080\r\n\r\n")]
    [InlineData(200, "GET /ping HTTP/1.1\r\nHost: x\r\nUser-Agent: \u00e4\u00ff\r\nAccept-Language: \u00ff\r\nX-Anything: \u00ff\r\n\r\n")]
    [InlineData(200, "GET /ping HTTP/1.1\r\nHost: x\r\nOrigin: http://\u00fc.example\r\n\r\n")]
    [InlineData(200, "OPTIONS /ping HTTP/1.1\r\nHost: x\r\nOrigin: \u00ff\r\nAccess-Control-Request-Headers: \u00ff\r\n\r\n")]
    [InlineData(200, "OPTIONS /objects/1/a HTTP/1.1\r\nHost: x\r\nOrigin: \u00ff\r\nAccess-Control-Request-Headers: \u00ff\r\n\r\n")]
    [InlineData(403, "GET /objects/1/a HTTP/1.1\r\nHost: x\r\nOrigin: \u00ff\r\n\r\n")]
    // Lengths that are none.
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999999\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nContent-Length: \u00ff\r\n\r\nabcde")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\nabc\r\n0\r\n\r\n")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n")]
    [InlineData(400, "POST /users/ott HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n")]
    // Lines that end with LF alone.
    [InlineData(400, "GET /ping HTTP/1.1\nHost: x\n\n")]
    [InlineData(400, "GET /ping HTTP/1.1\r\nHost: x\nX-Other: y\r\n\r\n")]
    public async Task The_answer_is_as_it_should_be_and_never_500(int expected, string request)
    {
        using var connection = await RawConnection.OpenAsync(_server, request);
        var status = await connection.StatusAsync();
        Assert.True(expected == status, $"{status}: {string.Join(" ", _server.Errors)}");
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Text_in_a_user_agent_is_shown_as_it_was_meant()
    {
        var user = await _server.SignUpAsync();
        using var connection = await RawConnection.OpenAsync(
            _server,
            $"GET /users/sessions HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {user.Token}\r\nX-Client-Package: io.ente.photos\r\nUser-Agent: K\u00c3\u00bcche\r\n\r\n");
        Assert.Equal(200, await connection.StatusAsync());
    }

    [Fact]
    public async Task Nothing_is_guessed_to_be_of_another_type_than_it_says()
    {
        var user = await _server.SignUpAsync();
        var urls = await _server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=1", token: user.Token);
        var url = urls.GetProperty("urls")[0].GetProperty("url").GetString()!;
        foreach (var (method, path) in new[] { (HttpMethod.Get, "/ping"), (HttpMethod.Get, "/nowhere"), (HttpMethod.Get, url), (HttpMethod.Put, url), (HttpMethod.Post, "/users/ott") })
        {
            using var answer = await _server.SendAsync(method, path, new { });
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Every_answer_that_refuses_for_now_says_when_to_come_back()
    {
        for (var i = 0; i < 12; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/users/ott") { Content = new StringContent("{}") };
            request.Headers.Add("X-Forwarded-For", "192.0.2.8");
            using var answer = await _server.Http.SendAsync(request);
            Assert.Equal(i < 10 ? HttpStatusCode.BadRequest : HttpStatusCode.TooManyRequests, answer.StatusCode);
            if (i >= 10)
                Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        }
    }

    [Fact]
    public async Task Names_and_metadata_have_a_size()
    {
        var user = await _server.SignUpAsync();
        foreach (var (bytes, expected) in new[] { (64 * 1024, HttpStatusCode.OK), ((64 * 1024) + 1, HttpStatusCode.RequestEntityTooLarge) })
        {
            Assert.Equal(expected, await _server.StatusAsync(
                HttpMethod.Post, "/collections/rename",
                new { collectionID = user.AlbumId, encryptedName = new string('A', bytes), nameDecryptionNonce = "n" }, user.Token));
        }
    }

    [Fact]
    public async Task A_paired_receiver_is_taken_over_by_nobody()
    {
        var (owner, other) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var code = (await _server.JsonAsync(HttpMethod.Post, "/cast/device-info", new { publicKey = ApiServer.Base64(32) })).GetProperty("deviceCode").GetString();
        Task<HttpStatusCode> PairAsync(ApiUser user, string payload) => _server.StatusAsync(
            HttpMethod.Post, "/cast/cast-data",
            new { collectionID = user.AlbumId, castToken = ApiServer.Base64(24), encPayload = payload, deviceCode = code }, user.Token);
        async Task<string?> PayloadAsync() =>
            (await _server.JsonAsync(HttpMethod.Get, $"/cast/cast-data/{code}")).GetProperty("encCastData").GetString();

        Assert.Equal(HttpStatusCode.OK, await PairAsync(owner, "mine"));
        // As for a code that nobody has: nothing is told, and nothing changes.
        Assert.Equal(HttpStatusCode.OK, await PairAsync(other, "theirs"));
        Assert.Equal("mine", await PayloadAsync());
        Assert.Equal(HttpStatusCode.OK, await PairAsync(owner, "mine again"));
        Assert.Equal("mine again", await PayloadAsync());
    }
}
