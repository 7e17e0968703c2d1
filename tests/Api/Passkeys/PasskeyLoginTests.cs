using System.Text.Json;
using System.Text.Json.Nodes;
using Ente.Orleans.Api.Tests.BadInput;
using Xunit;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>Passkeys as the second factor of a login (api/01 §G).</summary>
public sealed class PasskeyLoginTests : IAsyncLifetime
{
    private const string Invalid = "401 BAD_REQUEST";
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Errors);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_passkey_logs_in_and_the_waiting_device_fetches_the_same_answer_twice()
    {
        var (user, key) = await WithPasskeyAsync();
        var login = await user.LoginAsync();
        Assert.Equal(PasskeyUser.Origin, login.GetProperty("accountsUrl").GetString());
        Assert.Equal("", login.GetProperty("twoFactorSessionID").GetString());
        Assert.False(login.TryGetProperty("encryptedToken", out _));
        var session = login.GetProperty("passkeySessionID").GetString()!;

        Assert.Equal("400 SESSION_NOT_VERIFIED", $"{await user.PollAsync(session)}");
        var proof = await user.ProveAsync(session, key);
        Assert.Equal("200", $"{proof}");
        Assert.NotEqual("", proof.Body!.Value.GetProperty("encryptedToken").GetString());
        for (var i = 0; i < 2; i++) Assert.Equal(proof.Body.Value.GetRawText(), (await user.PollAsync(session)).Body!.Value.GetRawText());
        Assert.Equal("410 INVALID_SESSION", $"{await user.PollAsync(session)}");
        Assert.Equal("409 SESSION_ALREADY_CLAIMED", $"{await user.BeginAsync(session)}");
    }

    [Fact]
    public async Task An_assertion_is_taken_once()
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        var (later, _) = await user.ChallengeAsync(session);
        var assertion = key.Get(PasskeyUser.RpId, challenge);
        Assert.Equal("200", $"{await user.FinishAsync(session, ceremony, assertion)}");
        Assert.Equal("404", $"{await user.FinishAsync(session, ceremony, assertion)}");
        Assert.Equal("409 SESSION_ALREADY_CLAIMED", $"{await user.FinishAsync(session, later, assertion)}");

        // In another login, whose challenge is another one, it proves nothing.
        var next = await user.StartAsync();
        Assert.Equal("404", $"{await user.FinishAsync(next, ceremony, assertion)}");
        Assert.Equal(Invalid, $"{await user.FinishAsync(next, (await user.ChallengeAsync(next)).Ceremony, assertion)}");
    }

    [Fact]
    public async Task Of_answers_at_once_one_is_taken()
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))));
        Assert.Equal(["200", "404", "404", "404", "404", "404"], answers.Select(a => $"{a}").Order());
    }

    public static TheoryData<Lies> WrongAnswers =>
    [
        new Lies { Origin = "https://evil.example" }, new Lies { RpId = "evil.example" }, new Lies { Challenge = new string('A', 43) },
        new Lies { Type = "webauthn.create" }, new Lies { Flags = SoftwareAuthenticator.Verified }, new Lies { CrossOrigin = true },
        new Lies { UserHandle = [0, 0, 0, 0, 0, 0, 0, 1] }, new Lies { CredentialId = [1, 2, 3] },
    ];

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public async Task A_wrong_answer_is_refused_and_uses_the_ceremony_up(Lies lies)
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        Assert.Equal(Invalid, $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge, lies))}");
        Assert.Equal("404", $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))}");
        Assert.Equal("400 SESSION_NOT_VERIFIED", $"{await user.PollAsync(session)}");
        Assert.Equal("200", $"{await user.ProveAsync(session, key)}");
    }

    [Fact]
    public async Task Credentials_and_ceremonies_of_others_are_no_use()
    {
        var ((one, oneKey), (two, twoKey)) = (await WithPasskeyAsync(), await WithPasskeyAsync());
        var (mine, theirs) = (await one.StartAsync(), await two.StartAsync());
        Assert.Equal(Invalid, $"{await one.ProveAsync(mine, twoKey)}");

        // Another key under the id of the registered credential.
        Assert.Equal(Invalid, $"{await one.ProveAsync(mine, new SoftwareAuthenticator(TestKey.Of(-7), PasskeyUser.Origin) { CredentialId = oneKey.CredentialId })}");
        var (ceremony, challenge) = await two.ChallengeAsync(theirs);
        Assert.Equal("403", $"{await one.FinishAsync(mine, ceremony, twoKey.Get(PasskeyUser.RpId, challenge))}");

        // Nor is one of another login of the same user, and one of a registration.
        var elsewhere = await one.ChallengeAsync(await one.StartAsync());
        Assert.Equal("403", $"{await one.FinishAsync(mine, elsewhere.Ceremony, oneKey.Get(PasskeyUser.RpId, elsewhere.Challenge))}");
        var registration = await one.BeginRegistrationAsync();
        Assert.Equal("403", $"{await one.FinishAsync(mine, registration.Session, oneKey.Get(PasskeyUser.RpId, registration.Challenge))}");
        foreach (var session in new[] { mine, theirs }) Assert.Equal("400 SESSION_NOT_VERIFIED", $"{await one.PollAsync(session)}");
    }

    [Fact]
    public async Task A_passkey_that_is_removed_while_it_proves_itself_lets_nobody_in()
    {
        var (user, key) = await WithPasskeyAsync();
        await user.RegisterAsync("other");
        var session = await user.StartAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        var id = (await user.ListAsync()).GetProperty("passkeys")[0].GetProperty("id").GetString();
        Assert.Equal("200", $"{await user.SendAsync(HttpMethod.Delete, $"/passkeys/{id}", token: await user.SiteTokenAsync())}");
        Assert.Equal(Invalid, $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))}");
        Assert.Equal(Invalid, $"{await user.ProveAsync(session, key)}");
    }

    [Fact]
    public async Task Ceremonies_sessions_and_answers_end_in_time()
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var (ceremony, challenge) = await user.ChallengeAsync(session);
        _server.Clock.Advance(TimeSpan.FromSeconds(121));
        Assert.Equal("410 SESSION_EXPIRED", $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))}");
        Assert.Equal("404", $"{await user.FinishAsync(session, ceremony, key.Get(PasskeyUser.RpId, challenge))}");

        // Proven shortly before the session's end, the answer can still be fetched for two minutes.
        _server.Clock.Advance(TimeSpan.FromSeconds(470));
        Assert.Equal("200", $"{await user.ProveAsync(session, key)}");
        _server.Clock.Advance(TimeSpan.FromSeconds(110));
        Assert.Equal("200", $"{await user.PollAsync(session)}");
        _server.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Contains($"{await user.PollAsync(session)}", new[] { "410 INVALID_SESSION", "404" });

        var idle = await user.StartAsync();
        var late = await user.ChallengeAsync(idle);
        _server.Clock.Advance(TimeSpan.FromSeconds(601));
        Assert.Equal("404", $"{await user.BeginAsync(idle)}");
        Assert.Equal("404", $"{await user.FinishAsync(idle, late.Ceremony, key.Get(PasskeyUser.RpId, late.Challenge))}");
        Assert.Equal("404", $"{await user.PollAsync(idle)}");
    }

    [Fact]
    public async Task Open_ceremonies_of_a_session_are_few_and_the_oldest_gives_way()
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var begun = new List<(string Ceremony, string Challenge)>();
        for (var i = 0; i < 11; i++) begun.Add(await user.ChallengeAsync(session));
        Assert.Equal(10, await _server.Database.ScalarAsync<long>("select count(*) from transient.passkey_ceremonies where scope like 'login %'"));
        Assert.Equal("404", $"{await user.FinishAsync(session, begun[0].Ceremony, key.Get(PasskeyUser.RpId, begun[0].Challenge))}");
        Assert.Equal("200", $"{await user.FinishAsync(session, begun[1].Ceremony, key.Get(PasskeyUser.RpId, begun[1].Challenge))}");
    }

    [Fact]
    public async Task A_counter_that_falls_is_kept_and_refuses_nothing()
    {
        // The contract: passkeys that live on several devices do not count, or count apart, and must let their owner in.
        var (user, key) = await WithPasskeyAsync();
        foreach (var counter in new uint[] { 100, 5, 5, 0 })
        {
            key.Counter = counter;
            Assert.Equal("200", $"{await user.ProveAsync(await user.StartAsync(), key)}");
            Assert.Equal(counter, await _server.Database.ScalarAsync<long>("select sign_count from projections.passkeys"));
        }

        Assert.Equal(4, await _server.Database.ScalarAsync<long>("select count(*) from events.mt_events where type = 'passkey_used'"));
    }

    [Fact]
    public async Task A_passkey_of_another_domain_is_not_asked_for_but_still_stands_before_the_account()
    {
        var (user, _) = await WithPasskeyAsync();
        await _server.Database.ExecuteAsync("update projections.passkeys set rp_id = 'before.example.org'");
        var session = await user.StartAsync();
        Assert.NotEqual("", session);
        Assert.Equal("400 BAD_REQUEST", $"{await user.BeginAsync(session)}");
    }

    [Fact]
    public async Task Nonsense_for_a_credential_is_refused_without_a_500()
    {
        var (user, key) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var good = JsonSerializer.SerializeToNode(key.Get(PasskeyUser.RpId, new string('A', 43)), JsonSerializerOptions.Web);
        IReadOnlyList<JsonNode?> nonsense =
            [null, "", "AA", "x\0y", new string('A', 100_000), new string('A', 5000), -1, long.MaxValue, true, JsonNode.Parse("{}"), JsonNode.Parse("[null]")];
        var statuses = new List<string>();
        foreach (var spoilt in RequestShape.Spoilt(good, nonsense))
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            statuses.Add($"{await user.FinishAsync(session, (await user.ChallengeAsync(session)).Ceremony, spoilt!)}");
            if (statuses.Count % 300 == 0) session = await user.StartAsync();
        }

        Assert.True(statuses.Count > 60, $"{statuses.Count}");
        Assert.Equal(["400", Invalid, "413"], statuses.Distinct().Order());
    }

    [Fact]
    public async Task The_recovery_secret_logs_in_without_the_passkey_which_stays()
    {
        var (user, _) = await WithPasskeyAsync();
        var session = await user.StartAsync();
        var path = $"/users/two-factor/recover?twoFactorType=passkey&sessionID={Uri.EscapeDataString(session)}";
        Task<Answer> Remove(string secret, string type = "passkey") => user.SendAsync(
            HttpMethod.Post, "/users/two-factor/remove", new { sessionID = session, secret, twoFactorType = type });

        Assert.Equal("400 BAD_REQUEST", $"{await user.SendAsync(HttpMethod.Get, path)}");
        Assert.Equal("404", $"{await Remove("secret")}");
        Assert.Equal("404", $"{await Remove("")}");
        Assert.Equal("200", $"{await user.SendAsync(
            HttpMethod.Post, "/users/two-factor/passkeys/configure-recovery", new { secret = "secret", userSecretCipher = "c", userSecretNonce = "n" },
            user.Account.Token)}");
        Assert.Equal("c", (await user.SendAsync(HttpMethod.Get, path)).Body!.Value.GetProperty("encryptedSecret").GetString());
        Assert.Equal("403", $"{await Remove("other")}");
        Assert.Equal("403", $"{await Remove("")}");
        Assert.Equal("404", $"{await Remove("secret", "totp")}");
        Assert.Equal("200", $"{await Remove("secret")}");
        Assert.Equal(1, (await user.ListAsync()).GetProperty("passkeys").GetArrayLength());
    }

    private async Task<(PasskeyUser User, SoftwareAuthenticator Key)> WithPasskeyAsync()
    {
        var user = await PasskeyUser.CreateAsync(_server);
        return (user, await user.RegisterAsync());
    }
}
