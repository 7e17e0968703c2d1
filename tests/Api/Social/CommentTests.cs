using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Ente.Orleans.Api.Tests.Social;

/// <summary>Comments and reactions over HTTP: what the conformance tests can not set up, or not in time.</summary>
public sealed class CommentTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_used_id_is_a_conflict_in_another_album_too_and_nothing_is_overwritten()
    {
        var (one, two) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var id = "cmt_" + new string('x', 21);
        var mine = await AddAsync(one, new { collectionID = one.AlbumId, cipher = "mine", nonce = "n", id });
        Assert.Equal(HttpStatusCode.Created, mine.StatusCode);
        var theirs = await AddAsync(two, new { collectionID = two.AlbumId, cipher = "theirs", nonce = "n", id });
        Assert.Equal(HttpStatusCode.Conflict, theirs.StatusCode);
        Assert.Equal("mine", (await DiffAsync(one, "comments")).EnumerateArray().Single().GetProperty("cipher").GetString());
        Assert.Empty((await DiffAsync(two, "comments")).EnumerateArray());
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task A_page_of_very_long_comments_ends_early_and_the_next_goes_on()
    {
        var user = await _server.SignUpAsync();
        var cipher = new string('A', 20480);
        const int count = 230; // 4.7 million characters
        var sent = new List<string>();
        foreach (var chunk in Enumerable.Range(0, count).Chunk(10))
        {
            var added = await Task.WhenAll(chunk.Select(_ => AddAsync(user, new { collectionID = user.AlbumId, cipher, nonce = "n" })));
            foreach (var answer in added)
                sent.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        }

        var (since, got, pages) = (0L, new List<string>(), 0);
        for (var more = true; more; pages++)
        {
            var page = await _server.JsonAsync(
                HttpMethod.Get, $"/comments/diff?collectionID={user.AlbumId}&sinceTime={since}&limit=2000", token: user.Token);
            var rows = page.GetProperty("comments").EnumerateArray().ToList();
            got.AddRange(rows.Select(r => r.GetProperty("id").GetString()!));
            since = rows[^1].GetProperty("updatedAt").GetInt64();
            more = page.GetProperty("hasMore").GetBoolean();
        }

        Assert.Equal(5, pages);
        Assert.Equal(sent.Order(), got.Order());
    }

    [Fact]
    public async Task A_nonce_has_a_bounded_length()
    {
        var user = await _server.SignUpAsync();
        Assert.Equal(HttpStatusCode.Created, (await AddAsync(user, new { collectionID = user.AlbumId, cipher = "c", nonce = new string('n', 256) })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AddAsync(user, new { collectionID = user.AlbumId, cipher = "c", nonce = new string('n', 257) })).StatusCode);
    }

    [Fact]
    public async Task Nonsense_about_a_comment_that_exists_is_refused_and_changes_nothing()
    {
        var user = await _server.SignUpAsync();
        var added = await AddAsync(user, new { collectionID = user.AlbumId, cipher = "c", nonce = "n" });
        var id = (await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        foreach (var body in new object[] { new { cipher = "" }, new { cipher = "c", nonce = "x\0" }, new { cipher = new string('c', 20481), nonce = "n" }, "text", 1 })
            Assert.Equal(HttpStatusCode.BadRequest, await _server.StatusAsync(HttpMethod.Put, $"/comments/{id}", body, user.Token));
        foreach (var other in new[] { $"{id}x", $"x{id}", "cmt_%27%22", "%ED%A0%80", new string('c', 5000) })
            Assert.Equal(HttpStatusCode.NotFound, await _server.StatusAsync(HttpMethod.Delete, $"/comments/{other}", token: user.Token));
        Assert.Equal("c", (await DiffAsync(user, "comments")).EnumerateArray().Single().GetProperty("cipher").GetString());
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task What_is_written_stands_in_no_event_with_an_address_or_a_token()
    {
        var user = await _server.SignUpAsync();
        var link = await _server.OpenLinkAsync(user);
        var identity = await VisitAsync(HttpMethod.Post, "/public-collection/anon-identity", new { cipher = ApiServer.Base64(20), nonce = "n" }, link);
        var token = identity.GetProperty("token").GetString()!;
        await VisitAsync(
            HttpMethod.Post, "/public-collection/comments",
            new { cipher = ApiServer.Base64(20), nonce = "n", anonUserID = identity.GetProperty("anonUserID").GetString(), anonToken = token }, link);
        var events = await _server.Database.RowsAsync(
            "select data::text || coalesce(headers::text, '') from events.mt_events where type in ('anonymous_profile_added', 'comment_added')",
            r => r.GetString(0));
        Assert.Equal(2, events.Count);
        Assert.All(events, e =>
        {
            Assert.DoesNotContain(token, e, StringComparison.Ordinal);
            Assert.DoesNotContain(link, e, StringComparison.Ordinal);
            Assert.DoesNotContain("10.0.", e, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task An_identity_ends_after_a_year_and_other_tokens_of_this_server_are_none()
    {
        var user = await _server.SignUpAsync();
        var link = await _server.OpenLinkAsync(user);
        var identity = await VisitAsync(HttpMethod.Post, "/public-collection/anon-identity", new { cipher = ApiServer.Base64(20), nonce = "n" }, link);
        var id = identity.GetProperty("anonUserID").GetString();
        object As(string token) => new { cipher = ApiServer.Base64(20), nonce = "n", anonUserID = id, anonToken = token };
        var token = identity.GetProperty("token").GetString()!;
        Assert.Equal(HttpStatusCode.Created, await VisitStatusAsync(HttpMethod.Post, "/public-collection/comments", As(token), link));

        var scoped = await _server.JsonAsync(HttpMethod.Get, "/users/payment-token", token: user.Token);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await VisitStatusAsync(HttpMethod.Post, "/public-collection/comments", As(scoped.GetProperty("paymentToken").GetString()!), link));

        // The free plan carries links for less than that.
        await _server.Database.ExecuteAsync("update projections.accounts set plan_expiry = plan_expiry + 63072000000000 where id = $1", user.Id);
        _server.Clock.Advance(TimeSpan.FromDays(367));
        Assert.Equal(HttpStatusCode.Unauthorized, await VisitStatusAsync(HttpMethod.Post, "/public-collection/comments", As(token), link));
    }

    [Fact]
    public async Task Addresses_of_participants_are_masked()
    {
        var user = await _server.SignUpAsync();
        var link = await _server.OpenLinkAsync(user);
        await AddAsync(user, new { collectionID = user.AlbumId, cipher = "c", nonce = "n" });
        var answer = await VisitAsync(HttpMethod.Get, "/public-collection/participants/masked-emails", null, link);
        var participant = answer.GetProperty("participants").EnumerateArray().Single();
        Assert.Equal(user.Id, participant.GetProperty("userID").GetInt64());
        Assert.Equal($"{user.Email[..2]}**********@a*********e", participant.GetProperty("emailMasked").GetString());
    }

    private Task<HttpResponseMessage> AddAsync(ApiUser user, object body) => _server.SendAsync(HttpMethod.Post, "/comments", body, user.Token);

    private async Task<JsonElement> DiffAsync(ApiUser user, string kind) =>
        (await _server.JsonAsync(HttpMethod.Get, $"/{kind}/diff?collectionID={user.AlbumId}", token: user.Token)).GetProperty(kind);

    private async Task<JsonElement> VisitAsync(HttpMethod method, string path, object? body, string link)
    {
        using var answer = await VisitorAsync(method, path, body, link);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpStatusCode> VisitStatusAsync(HttpMethod method, string path, object? body, string link)
    {
        using var answer = await VisitorAsync(method, path, body, link);
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> VisitorAsync(HttpMethod method, string path, object? body, string link) =>
        _server.SendAsync(method, path, body is null ? null : JsonContent.Create(body, body.GetType()), token: null, link);
}
