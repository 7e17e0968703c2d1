using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ente.Orleans.Crypto;
using Xunit;

namespace Ente.Orleans.Api.Tests.Access;

/// <summary>Strangers who try codes and passwords of an account: they get few tries, and the owner's device keeps its own.</summary>
public sealed class StrangersTests : IAsyncLifetime
{
    /// <summary>Where the owner is signed in.</summary>
    private const string Home = "198.51.100.7";
    private readonly ApiServer _server = new();
    private int _strangers;

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Wrong_codes_from_elsewhere_shut_out_everybody_but_the_owners_device()
    {
        var email = await SignUpAtHomeAsync();
        await AskAsync(email, Home, HttpStatusCode.OK);
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await VerifyAsync(email, "000000", Stranger()));
        Assert.Equal(HttpStatusCode.TooManyRequests, await VerifyAsync(email, "000000", Stranger()));
        Assert.Equal(HttpStatusCode.TooManyRequests, await VerifyAsync(email, ApiServer.Code, Stranger()));
        // Mistyped once, then right; and its own allowance ends as well.
        Assert.Equal(HttpStatusCode.Unauthorized, await VerifyAsync(email, "000000", Home));
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(email, ApiServer.Code, Home));
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        await AskAsync(email, Home, HttpStatusCode.OK);
        var own = new List<HttpStatusCode>();
        for (var i = 0; i < 21; i++)
        {
            own.Add(await VerifyAsync(email, "000000", Home));
            _server.Clock.Advance(TimeSpan.FromSeconds(7));
        }
        Assert.Equal(19, own.Count(s => s == HttpStatusCode.Unauthorized));
        Assert.Equal(2, own.Count(s => s == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Codes_asked_for_from_elsewhere_leave_the_owners_device_its_own()
    {
        var email = await SignUpAtHomeAsync(real: true);
        for (var i = 0; i < 10; i++)
            await AskAsync(email, Stranger(), HttpStatusCode.OK);
        await AskAsync(email, Stranger(), HttpStatusCode.TooManyRequests);
        await AskAsync(email, Home, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_for_codes_from_one_network_do_not_stop_those_of_others()
    {
        var email = await SignUpAtHomeAsync(real: true);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 205; i++)
            statuses.Add(await PostAsync("/users/ott", new { email = $"nobody{i}@elsewhere.example", purpose = "" }, $"2001:db8:0:1::{i:x}"));
        Assert.InRange(statuses.Count(s => s == HttpStatusCode.OK), 1, 10);
        await AskAsync("somebody@elsewhere.example", Stranger(), HttpStatusCode.OK);

        // Also when many networks together have used up what there is, who is known is served.
        for (var i = 0; i < 220; i++)
            await PostAsync("/users/ott", new { email = $"other{i}@elsewhere.example", purpose = "" }, $"2001:db8:1:{i:x}::1");
        await AskAsync("somebodyelse@elsewhere.example", Stranger(), HttpStatusCode.TooManyRequests);
        await AskAsync(email, Home, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Logins_begun_from_elsewhere_leave_the_owners_device_its_own()
    {
        var (email, srpUserID, _) = await SignUpWithPasswordAsync();
        var a = ApiServer.Base64(512);
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.OK, await PostAsync("/users/srp/create-session", new { srpUserID, srpA = a }, Stranger()));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PostAsync("/users/srp/create-session", new { srpUserID, srpA = a }, Stranger()));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/users/srp/create-session", new { srpUserID, srpA = a }, Home));
        Assert.NotEmpty(email);
    }

    [Fact]
    public async Task A_wrong_proof_takes_as_long_and_is_refused_as_often_whether_there_is_such_a_user_or_not()
    {
        var (_, known, _) = await SignUpWithPasswordAsync();
        var times = new Dictionary<bool, List<double>> { [true] = [], [false] = [] };
        for (var round = 0; round < 8; round++)
        {
            foreach (var isKnown in new[] { true, false })
            {
                var srpUserID = isKnown ? known : Guid.NewGuid().ToString("D");
                var started = Stopwatch.GetTimestamp();
                using var session = await SendAsync("/users/srp/create-session", new { srpUserID, srpA = ApiServer.Base64(512) }, Stranger());
                var sessionID = (await session.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("sessionID").GetString();
                for (var i = 0; i < 6; i++)
                {
                    var expected = i < 5 ? HttpStatusCode.Unauthorized : HttpStatusCode.Gone;
                    Assert.Equal(
                        expected,
                        await PostAsync("/users/srp/verify-session", new { srpUserID, sessionID, srpM1 = ApiServer.Base64(32) }, Stranger()));
                }
                times[isKnown].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        // Three times as long before: the least of each tells what is work, and not the machine's other business.
        Assert.InRange(times[true].Min() / times[false].Min(), 0.6, 1.7);
        var unknown = Guid.NewGuid().ToString("D");
        var sessions = new List<HttpStatusCode>();
        for (var i = 0; i < 11; i++)
            sessions.Add(await PostAsync("/users/srp/create-session", new { srpUserID = unknown, srpA = ApiServer.Base64(512) }, Stranger()));
        Assert.Equal(HttpStatusCode.TooManyRequests, sessions[^1]);
        Assert.All(sessions.Take(10), s => Assert.Equal(HttpStatusCode.OK, s));
    }

    [Fact]
    public async Task A_second_factor_is_guessed_at_over_all_sessions_of_an_account_together()
    {
        var email = await SignUpAtHomeAsync();
        using var verified = await SendAsync("/users/verify-email", new { email, ott = await CodeAsync(email) }, Home);
        var token = (await verified.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
        await SetKeysAsync(token);
        var setup = await _server.JsonAsync(HttpMethod.Post, "/users/two-factor/setup", new { }, token);
        var secret = setup.GetProperty("secretCode").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(
            HttpMethod.Post, "/users/two-factor/enable",
            new { code = Totp.Compute(secret, _server.Clock.GetUtcNow()), encryptedTwoFactorSecret = "x", twoFactorSecretDecryptionNonce = "y" }, token));

        async Task<string> SessionAsync()
        {
            using var answer = await SendAsync("/users/verify-email", new { email, ott = await CodeAsync(email) }, Home);
            _server.Clock.Advance(TimeSpan.FromSeconds(20));
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("twoFactorSessionID").GetString()!;
        }

        var guesses = new List<HttpStatusCode>();
        for (var s = 0; s < 3; s++)
        {
            var sessionID = await SessionAsync();
            for (var i = 0; i < 9; i++)
                guesses.Add(await PostAsync("/users/two-factor/verify", new { sessionID, code = "0000000" }, Stranger()));
        }

        Assert.Equal(20, guesses.Count(g => g == HttpStatusCode.Unauthorized));
        Assert.Equal(7, guesses.Count(g => g == HttpStatusCode.TooManyRequests));
        // It slides: an hour later there are some again.
        _server.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(
            HttpStatusCode.OK,
            await PostAsync(
                "/users/two-factor/verify", new { sessionID = await SessionAsync(), code = Totp.Compute(secret, _server.Clock.GetUtcNow()) }, Home));
    }

    [Fact]
    public async Task A_session_that_ended_on_one_silo_has_ended_on_the_others_at_once()
    {
        var other = new ApiServer { Beside = _server };
        await other.InitializeAsync();
        try
        {
            var user = await _server.SignUpAsync();
            Assert.Equal(HttpStatusCode.OK, await other.StatusAsync(HttpMethod.Get, "/users/sessions", token: user.Token));
            Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/users/logout", token: user.Token));
            var status = HttpStatusCode.OK;
            for (var i = 0; i < 50 && status == HttpStatusCode.OK; i++)
            {
                await Task.Delay(20);
                status = await other.StatusAsync(HttpMethod.Get, "/users/sessions", token: user.Token);
            }
            Assert.Equal(HttpStatusCode.Unauthorized, status);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    // Each from a network of its own.
    private string Stranger() => $"2001:db8:{Interlocked.Increment(ref _strangers):x}::1";

    private async Task<string> CodeAsync(string email)
    {
        await AskAsync(email, Home, HttpStatusCode.OK);
        return ApiServer.Code;
    }

    private async Task<string> SignUpAtHomeAsync(bool real = false)
    {
        // A fixed code is the same at each request, and so never the eleventh.
        var email = real ? $"{Secrets.RandomAlphanumeric(12, "abcdefghijk")}@elsewhere.example" : ApiServer.NewEmail();
        await AskAsync(email, Home, HttpStatusCode.OK);
        var code = real ? _server.Mails.Last(m => m.To == email).Subject.Split(' ')[^1] : ApiServer.Code;
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(email, code, Home));
        return email;
    }

    private async Task<(string Email, string SrpUserId, string Token)> SignUpWithPasswordAsync()
    {
        var email = await SignUpAtHomeAsync();
        using var verified = await SendAsync("/users/verify-email", new { email, ott = await CodeAsync(email) }, Home);
        var token = (await verified.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
        await SetKeysAsync(token);
        var (id, salt, key) = (Guid.NewGuid().ToString("D"), Secrets.RandomBytes(16), Secrets.RandomBytes(16));
        await _server.SetPasswordAsync(token, id, salt, key);
        return (email, id, token);
    }

    private async Task SetKeysAsync(string token) => Assert.Equal(
        HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Put, "/users/attributes", new { keyAttributes = ApiServer.NewKeyAttributes() }, token));

    private async Task AskAsync(string email, string from, HttpStatusCode expected) =>
        Assert.Equal(expected, await PostAsync("/users/ott", new { email, purpose = "" }, from));

    private Task<HttpStatusCode> VerifyAsync(string email, string ott, string from) => PostAsync("/users/verify-email", new { email, ott }, from);

    private async Task<HttpStatusCode> PostAsync(string path, object body, string from)
    {
        using var answer = await SendAsync(path, body, from);
        Assert.True(answer.StatusCode != HttpStatusCode.TooManyRequests || answer.Headers.RetryAfter is not null, "429 without Retry-After");
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, object body, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType()) };
        request.Headers.Add("X-Forwarded-For", from);
        return await _server.Http.SendAsync(request);
    }
}
