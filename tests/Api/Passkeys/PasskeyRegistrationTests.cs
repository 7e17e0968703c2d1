using System.Text.Json;
using Xunit;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>The accounts app: a user's passkeys (api/01 §G), and the administrator's way to take them off (api/06 §9.2).</summary>
public sealed class PasskeyRegistrationTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Errors);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_passkey_is_listed_by_its_name_which_is_stored_sealed()
    {
        var user = await PasskeyUser.CreateAsync(_server);
        Assert.Equal(JsonValueKind.Null, (await user.ListAsync()).GetProperty("passkeys").ValueKind);
        await user.RegisterAsync("Grandmother's phone");
        var listed = (await user.ListAsync()).GetProperty("passkeys")[0];
        Assert.Equal("Grandmother's phone", listed.GetProperty("friendlyName").GetString());
        var id = listed.GetProperty("id").GetString();
        await user.SendAsync(HttpMethod.Patch, $"/passkeys/{id}?friendlyName=Grandfather's%20phone", token: await user.SiteTokenAsync());
        Assert.Equal("Grandfather's phone", (await user.ListAsync()).GetProperty("passkeys")[0].GetProperty("friendlyName").GetString());
        Assert.Equal(2, await _server.Database.ScalarAsync<long>("select count(*) from events.mt_events where type like 'passkey_re%'"));
        Assert.Equal(0, await _server.Database.ScalarAsync<long>("select count(*) from events.mt_events where data::text like '%phone%'"));
        Assert.Equal(0, await _server.Database.ScalarAsync<long>("select count(*) from projections.passkeys p where p::text like '%phone%'"));
    }

    public static TheoryData<Lies> WrongAnswers =>
    [
        new Lies { Origin = "https://evil.example" }, new Lies { RpId = "evil.example" }, new Lies { Challenge = new string('A', 43) },
        new Lies { Type = "webauthn.get" }, new Lies { Flags = SoftwareAuthenticator.HasCredential }, new Lies { CredentialId = [1] },
        new Lies { Format = "packed", Statement = SoftwareAuthenticator.SelfStatement(-7, [1]) },
    ];

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public async Task A_wrong_answer_registers_nothing_and_uses_the_session_up(Lies lies)
    {
        var user = await PasskeyUser.CreateAsync(_server);
        var (session, challenge) = await user.BeginRegistrationAsync();
        var key = PasskeyUser.NewKey();
        Assert.Equal("400 BAD_REQUEST", $"{await user.FinishRegistrationAsync(session, key.Create(PasskeyUser.RpId, challenge, lies))}");
        Assert.Equal("404", $"{await user.FinishRegistrationAsync(session, key.Create(PasskeyUser.RpId, challenge))}");
        Assert.Equal(JsonValueKind.Null, (await user.ListAsync()).GetProperty("passkeys").ValueKind);
    }

    [Fact]
    public async Task A_session_is_its_users_own_works_once_and_for_five_minutes()
    {
        var (user, other) = (await PasskeyUser.CreateAsync(_server), await PasskeyUser.CreateAsync(_server));
        var (session, challenge) = await user.BeginRegistrationAsync();
        Assert.Equal("403", $"{await other.FinishRegistrationAsync(session, PasskeyUser.NewKey().Create(PasskeyUser.RpId, challenge))}");
        Assert.Equal("404", $"{await user.FinishRegistrationAsync(session, PasskeyUser.NewKey().Create(PasskeyUser.RpId, challenge))}");

        (session, challenge) = await user.BeginRegistrationAsync();
        _server.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal("200", $"{await user.FinishRegistrationAsync(session, PasskeyUser.NewKey().Create(PasskeyUser.RpId, challenge))}");
        (session, challenge) = await user.BeginRegistrationAsync();
        _server.Clock.Advance(TimeSpan.FromSeconds(301));
        Assert.Equal("410 SESSION_EXPIRED", $"{await user.FinishRegistrationAsync(session, PasskeyUser.NewKey().Create(PasskeyUser.RpId, challenge))}");
        Assert.Equal(1, (await user.ListAsync()).GetProperty("passkeys").GetArrayLength());
    }

    [Fact]
    public async Task A_login_ceremony_registers_nothing()
    {
        var user = await PasskeyUser.CreateAsync(_server);
        await user.RegisterAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(await user.StartAsync());
        Assert.Equal("403", $"{await user.FinishRegistrationAsync(ceremony, PasskeyUser.NewKey().Create(PasskeyUser.RpId, challenge))}");
    }

    [Fact]
    public async Task A_credential_is_registered_once_whoever_sends_it()
    {
        var (user, other) = (await PasskeyUser.CreateAsync(_server), await PasskeyUser.CreateAsync(_server));
        var key = await user.RegisterAsync();
        foreach (var somebody in new[] { user, other })
        {
            var (session, challenge) = await somebody.BeginRegistrationAsync();
            Assert.Equal("409 ALREADY_EXISTS", $"{await somebody.FinishRegistrationAsync(session, key.Create(PasskeyUser.RpId, challenge))}");
        }

        Assert.Equal("200", $"{await user.ProveAsync(await user.StartAsync(), key)}");
        Assert.Equal(JsonValueKind.Null, (await other.ListAsync()).GetProperty("passkeys").ValueKind);
    }

    [Fact]
    public async Task An_administrator_takes_all_passkeys_off()
    {
        // Where no administrator is named, the first account is the one.
        var (admin, user) = (await PasskeyUser.CreateAsync(_server), await PasskeyUser.CreateAsync(_server));
        await user.RegisterAsync();
        await user.RegisterAsync();
        Task<Answer> Disable(PasskeyUser by, object body) => by.SendAsync(HttpMethod.Post, "/admin/user/disable-passkeys", body, by.Account.Token);
        Assert.Equal("401", $"{await Disable(user, new { userID = user.Account.Id })}");
        Assert.Equal("400", $"{await Disable(admin, new { })}");
        Assert.Equal("404", $"{await Disable(admin, new { userID = 1 })}");
        Assert.Equal(2, await CountAsync(user));
        for (var i = 0; i < 2; i++) Assert.Equal("200", $"{await Disable(admin, new { userID = user.Account.Id })}");
        Assert.Equal(0, await CountAsync(user));
        Assert.True((await user.LoginAsync()).TryGetProperty("encryptedToken", out _));
    }

    [Fact]
    public async Task Of_a_deleted_account_every_route_says_so()
    {
        var user = await PasskeyUser.CreateAsync(_server);
        var key = await user.RegisterAsync();
        var site = await user.SiteTokenAsync();
        var registration = await user.BeginRegistrationAsync();
        var (session, idle) = (await user.StartAsync(), await user.StartAsync());
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        await DeleteAsync(user);
        var id = Guid.NewGuid();
        foreach (var (method, path) in new[]
                 {
                     (HttpMethod.Get, "/passkeys"), (HttpMethod.Post, "/passkeys/registration/begin"), (HttpMethod.Patch, $"/passkeys/{id}?friendlyName=x"),
                     (HttpMethod.Delete, $"/passkeys/{id}"),
                 })
        {
            Assert.Equal("410", $"{await user.SendAsync(method, path, token: site)}");
        }

        Assert.Equal("410", $"{await user.SendAsync(
            HttpMethod.Post, $"/passkeys/registration/finish?friendlyName=x&sessionID={registration.Session}",
            PasskeyUser.NewKey().Create(PasskeyUser.RpId, registration.Challenge), site)}");
        Assert.Equal("410", $"{await user.BeginAsync(idle)}");
        Assert.Equal("404 USER_NOT_FOUND", $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))}");
    }

    // The administrator's way, which the first account has: the user's own needs the account's secret key.
    private async Task DeleteAsync(PasskeyUser user)
    {
        Assert.Equal("200", $"{await user.SendAsync(
            HttpMethod.Delete, $"/admin/user/delete?email={Uri.EscapeDataString(user.Account.Email)}", token: user.Account.Token)}");
    }

    private async Task<int> CountAsync(PasskeyUser user) =>
        (await _server.JsonAsync(HttpMethod.Get, "/users/details/v2", token: user.Account.Token)).GetProperty("profileData").GetProperty("passkeyCount").GetInt32();
}
