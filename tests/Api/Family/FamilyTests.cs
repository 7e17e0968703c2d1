using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Ente.Orleans.Api.Tests.Family;

/// <summary>Families over HTTP, as their pages and the apps use them (api/06 §1).</summary>
public sealed partial class FamilyTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();
    private string _administrator = "";

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _administrator = await _server.LogInAsync("administrator" + ApiServer.Domain);
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_invitation_that_was_mailed_makes_a_member_without_a_login()
    {
        var (admin, page) = await FamilyAsync();
        var member = await _server.SignUpAsync();
        var token = await InviteAsync(page, member);
        var shown = await _server.JsonAsync(HttpMethod.Get, $"/family/invite-info/{Uri.EscapeDataString(token)}");
        Assert.Equal(admin.Email, shown.GetProperty("adminEmail").GetString());
        var accepted = await _server.JsonAsync(HttpMethod.Post, "/family/accept-invite", new { token });
        Assert.Equal(admin.Email, accepted.GetProperty("adminEmail").GetString());

        foreach (var user in (ApiUser[])[admin, member])
        {
            var members = (await DetailsAsync(user)).GetProperty("familyData").GetProperty("members").EnumerateArray().ToList();
            Assert.Equal(["SELF", "ACCEPTED"], members.Select(m => m.GetProperty("status").GetString()));
            Assert.Equal([admin.Email, member.Email], members.Select(m => m.GetProperty("email").GetString()));
        }

        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Delete, "/family/leave", token: member.Token));
        Assert.False((await DetailsAsync(member)).TryGetProperty("familyData", out _));
        Assert.Equal(HttpStatusCode.Unauthorized, await _server.StatusAsync(HttpMethod.Post, "/family/accept-invite", new { token }));
        Assert.Equal(
            ["You are invited to a family"], _server.Mails.Where(m => m.To == member.Email).Select(m => m.Subject));
        Assert.Equal(
            ["Your family has a new member", "A member has left your family"], _server.Mails.Where(m => m.To == admin.Email).Select(m => m.Subject));
    }

    [Fact]
    public async Task Neither_tokens_nor_addresses_stand_in_the_database()
    {
        var (admin, page) = await FamilyAsync();
        var member = await _server.SignUpAsync();
        var token = await InviteAsync(page, member);
        Assert.Equal(token, await InviteAsync(page, member));
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/family/accept-invite", new { token }));
        foreach (var secret in (string[])[token, admin.Email, member.Email])
        {
            foreach (var table in (string[])["events.mt_events", "projections.family_members", "projections.accounts"])
            {
                Assert.Equal(0, await _server.Database.ScalarAsync<long>(
                    $"select count(*) from {table} t where position($1 in t::text) > 0", secret));
            }
        }
    }

    [Fact]
    public async Task Invitations_at_once_fill_the_family_and_no_more()
    {
        var (_, page) = await FamilyAsync();
        var others = new List<ApiUser>();
        for (var i = 0; i < 8; i++) others.Add(await _server.SignUpAsync());
        var answers = await Task.WhenAll(others.Select(o =>
            _server.StatusAsync(HttpMethod.Post, "/family/add-member", new { email = o.Email }, page)));
        Assert.Equal(5, answers.Count(a => a == HttpStatusCode.OK));
        Assert.Equal(3, answers.Count(a => a == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task A_closed_family_is_as_if_it_had_never_been()
    {
        var (admin, page) = await FamilyAsync();
        var member = await _server.SignUpAsync();
        var token = await InviteAsync(page, member);
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/family/accept-invite", new { token }));
        Assert.Equal(HttpStatusCode.BadRequest, await CloseAsync(member.Id));
        Assert.Equal(HttpStatusCode.OK, await CloseAsync(admin.Id));
        Assert.Equal(HttpStatusCode.NotFound, await _server.StatusAsync(HttpMethod.Get, $"/family/invite-info/{Uri.EscapeDataString(token)}"));
        Assert.Equal(HttpStatusCode.BadRequest, await _server.StatusAsync(HttpMethod.Get, "/family/members", token: page));
        Assert.Equal("You are no longer in a family", _server.Mails.Last(m => m.To == member.Email).Subject);
    }

    [Fact]
    public async Task The_list_of_users_wants_a_fresh_login_and_the_words_that_the_command_line_looks_for()
    {
        var user = await _server.SignUpAsync();
        var listed = await _server.JsonAsync(HttpMethod.Get, "/admin/users/?sinceTime=0", token: _administrator);
        Assert.Contains(listed.GetProperty("users").EnumerateArray(), u => u.GetProperty("ID").GetInt64() == user.Id
            && u.GetProperty("email").GetString() == user.Email);
        _server.Clock.Advance(TimeSpan.FromMinutes(11));
        using var stale = await _server.SendAsync(HttpMethod.Get, "/admin/users?sinceTime=0", token: _administrator);
        Assert.Equal(HttpStatusCode.BadRequest, stale.StatusCode);
        Assert.Contains("Token is too old", await stale.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<HttpStatusCode> CloseAsync(long userID) =>
        _server.StatusAsync(HttpMethod.Post, "/admin/user/close-family", new { userID }, _administrator);

    /// <summary>Somebody with a family of one, and the token of its page.</summary>
    private async Task<(ApiUser Admin, string Page)> FamilyAsync()
    {
        var admin = await _server.SignUpAsync();
        var page = (await _server.JsonAsync(HttpMethod.Get, "/users/families-token", token: admin.Token)).GetProperty("familiesToken").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/family/create", token: page));
        return (admin, page);
    }

    private async Task<string> InviteAsync(string page, ApiUser member)
    {
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/family/add-member", new { email = member.Email }, page));
        var mail = _server.Mails.Last(m => m.To == member.Email && m.Subject == "You are invited to a family");
        return Uri.UnescapeDataString(InviteToken().Match(mail.Html).Groups["token"].Value);
    }

    private Task<JsonElement> DetailsAsync(ApiUser user) => _server.JsonAsync(HttpMethod.Get, "/users/details/v2", token: user.Token);

    [GeneratedRegex("inviteToken=(?<token>[^\"&]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InviteToken();
}
