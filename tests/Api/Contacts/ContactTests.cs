using System.Net;
using System.Text.Json;
using Xunit;

namespace Ente.Orleans.Api.Tests.Contacts;

/// <summary>Contacts of people who share an album (api/05 §4).</summary>
public sealed class ContactTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Strangers_can_not_be_contacts_whoever_shares_an_album_can()
    {
        var (a, b) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        Assert.Equal(HttpStatusCode.BadRequest, await _server.StatusAsync(HttpMethod.Post, "/contacts", For(b), a.Token));
        await ShareAsync(a, b);
        foreach (var (owner, other) in new[] { (a, b), (b, a) })
        {
            var contact = await _server.JsonAsync(HttpMethod.Post, "/contacts", For(other), owner.Token);
            Assert.Equal(other.Email, contact.GetProperty("email").GetString());
            Assert.Equal(JsonValueKind.Null, contact.GetProperty("profilePictureAttachmentID").ValueKind);
        }

        Assert.Equal(HttpStatusCode.BadRequest, await _server.StatusAsync(HttpMethod.Post, "/contacts", For(b), a.Token));
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Of_many_devices_one_creates_the_contact()
    {
        var (a, b) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        await ShareAsync(a, b);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _server.StatusAsync(HttpMethod.Post, "/contacts", For(b), a.Token)));
        Assert.Single(answers, s => s == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(s => s == HttpStatusCode.BadRequest));
        Assert.Single((await DiffAsync(a)).EnumerateArray());
    }

    [Fact]
    public async Task A_new_address_reaches_everybody_who_has_the_contact_and_a_deleted_account_has_none()
    {
        var (a, b, c) = (await _server.SignUpAsync(), await _server.SignUpAsync(), await _server.SignUpAsync());
        await ShareAsync(b, a);
        await ShareAsync(b, c);
        foreach (var owner in new[] { a, c })
            await _server.JsonAsync(HttpMethod.Post, "/contacts", For(b), owner.Token);
        var gone = Only(await DiffAsync(c)).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Delete, $"/contacts/{gone}", null, c.Token));
        var (before, deleted) = (Only(await DiffAsync(a)), Only(await DiffAsync(c)));

        var email = ApiServer.NewEmail();
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/users/ott", new { email }));
        Assert.Equal(
            HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/users/change-email", new { email, ott = ApiServer.Code }, b.Token));
        var after = Only(await DiffAsync(a));
        Assert.Equal(email, after.GetProperty("email").GetString());
        Assert.True(after.GetProperty("updatedAt").GetInt64() > before.GetProperty("updatedAt").GetInt64());
        Assert.Equal(deleted.ToString(), Only(await DiffAsync(c)).ToString());
        Assert.Equal(JsonValueKind.Null, deleted.GetProperty("encryptedKey").ValueKind);
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Other_peoples_contacts_are_not_found()
    {
        var (a, b) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        await ShareAsync(a, b);
        var id = (await _server.JsonAsync(HttpMethod.Post, "/contacts", For(b), a.Token)).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NotFound, await _server.StatusAsync(HttpMethod.Get, $"/contacts/{id}", null, b.Token));
        Assert.Equal(HttpStatusCode.NotFound, await _server.StatusAsync(HttpMethod.Put, $"/contacts/{id}", For(a), b.Token));
        Assert.Equal(HttpStatusCode.NotFound, await _server.StatusAsync(HttpMethod.Delete, $"/contacts/{id}", null, b.Token));
    }

    [Fact]
    public async Task Changes_that_arrive_together_have_times_of_their_own()
    {
        var user = await _server.SignUpAsync();
        Assert.Equal(
            HttpStatusCode.OK,
            await _server.StatusAsync(HttpMethod.Post, "/user-entity/key", new { type = "location", encryptedKey = "key", header = "header" }, user.Token));
        var created = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _server.JsonAsync(
            HttpMethod.Post, "/user-entity/entity", new { type = "location", encryptedData = "data", header = "header" }, user.Token)));
        var diff = await _server.JsonAsync(HttpMethod.Get, "/user-entity/entity/diff?type=location&sinceTime=0&limit=100", null, user.Token);
        var times = diff.GetProperty("diff").EnumerateArray().Select(e => e.GetProperty("updatedAt").GetInt64()).ToList();
        Assert.Equal(40, times.Distinct().Count());
        Assert.Equal(times.Order(), created.Select(e => e.GetProperty("updatedAt").GetInt64()).Order());
    }

    private static object For(ApiUser other) =>
        new { contactUserID = other.Id, encryptedKey = ApiServer.Base64(72), encryptedData = ApiServer.Base64(20) };

    private static JsonElement Only(JsonElement diff) => Assert.Single(diff.EnumerateArray().ToList());

    private async Task<JsonElement> DiffAsync(ApiUser user) =>
        (await _server.JsonAsync(HttpMethod.Get, "/contacts/diff?sinceTime=0&limit=100", null, user.Token)).GetProperty("diff");

    private async Task ShareAsync(ApiUser owner, ApiUser other) =>
        Assert.Equal(
            HttpStatusCode.OK,
            await _server.StatusAsync(
                HttpMethod.Post, "/collections/share",
                new { collectionID = owner.AlbumId, email = other.Email, encryptedKey = ApiServer.Base64(80), role = "VIEWER" }, owner.Token));
}
