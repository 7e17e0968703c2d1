using System.Net;
using Ente.Orleans.Crypto;
using Xunit;

namespace Ente.Orleans.Api.Tests.BadInput;

/// <summary>Codes and passwords cannot be guessed by trying, not even by many clients at once.</summary>
public sealed class GuessingTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_code_expires_and_serves_once()
    {
        var email = ApiServer.NewEmail();
        await AskCodeAsync(email);
        _server.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(HttpStatusCode.Gone, await GuessAsync(email, ApiServer.Code));

        await AskCodeAsync(email);
        Assert.Equal(HttpStatusCode.OK, await GuessAsync(email, ApiServer.Code));
        Assert.Equal(HttpStatusCode.Gone, await GuessAsync(email, ApiServer.Code));
    }

    [Fact]
    public async Task After_twenty_wrong_codes_the_right_one_does_not_help_even_if_they_come_at_once_from_everywhere()
    {
        var email = ApiServer.NewEmail();
        await AskCodeAsync(email);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 120).Select(n => GuessAsync(email, $"{n:000000}")));
        Assert.Equal(20, guesses.Count(s => s == HttpStatusCode.Unauthorized));
        Assert.Equal(100, guesses.Count(s => s == HttpStatusCode.TooManyRequests));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(email, ApiServer.Code));
    }

    [Fact]
    public async Task More_codes_give_no_more_guesses()
    {
        const string email = "somebody@elsewhere.example";
        for (var i = 0; i < 5; i++)
            await AskCodeAsync(email);
        // Seven characters: none of the codes by chance.
        var guesses = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => GuessAsync(email, $"{n:0000000}")));
        Assert.Equal(20, guesses.Count(s => s == HttpStatusCode.Unauthorized));
        Assert.Equal(40, guesses.Count(s => s == HttpStatusCode.TooManyRequests));
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task One_code_used_by_many_at_once_lets_one_in()
    {
        var email = ApiServer.NewEmail();
        await AskCodeAsync(email);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GuessAsync(email, ApiServer.Code)));
        Assert.Single(answers, s => s == HttpStatusCode.OK);
        Assert.All(answers.Where(s => s != HttpStatusCode.OK), s => Assert.Equal(HttpStatusCode.Gone, s));
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Five_wrong_proofs_end_an_srp_session_and_ten_open_sessions_an_hour_are_all()
    {
        var user = await _server.SignUpAsync();
        var (srpUserId, salt, key) = (Guid.NewGuid().ToString("D"), Secrets.RandomBytes(16), Secrets.RandomBytes(16));
        await _server.SetPasswordAsync(user.Token, srpUserId, salt, key);

        var client = new SrpClient(srpUserId, salt, key);
        var session = await _server.JsonAsync(
            HttpMethod.Post, "/users/srp/create-session", new { srpUserID = srpUserId, srpA = Convert.ToBase64String(client.PublicA) });
        var sessionId = session.GetProperty("sessionID").GetString()!;
        var guesses = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ProveAsync(srpUserId, sessionId, Secrets.RandomBytes(32))));
        Assert.Equal(5, guesses.Count(s => s == HttpStatusCode.Unauthorized));
        Assert.Equal(25, guesses.Count(s => s == HttpStatusCode.Gone));
        // Too late, though it would be right.
        var proof = client.ComputeProof(Convert.FromBase64String(session.GetProperty("srpB").GetString()!));
        Assert.Equal(HttpStatusCode.Gone, await ProveAsync(srpUserId, sessionId, proof));

        var sessions = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _server.StatusAsync(
            HttpMethod.Post, "/users/srp/create-session", new { srpUserID = srpUserId, srpA = Convert.ToBase64String(client.PublicA) })));
        // One was open already.
        Assert.Equal(9, sessions.Count(s => s == HttpStatusCode.OK));
        Assert.Equal(31, sessions.Count(s => s == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_client_gets_ten_tries_a_minute_at_each_door()
    {
        foreach (var (path, body) in new (string, object)[]
                 {
                     ("/users/ott", new { email = ApiServer.NewEmail(), purpose = "login" }),
                     ("/users/verify-email", new { email = ApiServer.NewEmail(), ott = "000000" }),
                     ("/users/srp/create-session", new { srpUserID = Guid.NewGuid(), srpA = ApiServer.Base64(512) }),
                     ("/users/srp/verify-session", new { srpUserID = Guid.NewGuid(), sessionID = Guid.NewGuid(), srpM1 = ApiServer.Base64(32) }),
                     ("/users/two-factor/verify", new { sessionID = ApiServer.Base64(32), code = "000000" }),
                 })
        {
            var answers = new List<HttpStatusCode>();
            for (var i = 0; i < 12; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = System.Net.Http.Json.JsonContent.Create(body, body.GetType()) };
                request.Headers.Add("X-Forwarded-For", "192.0.2.7");
                using var answer = await _server.Http.SendAsync(request);
                answers.Add(answer.StatusCode);
            }
            Assert.DoesNotContain(HttpStatusCode.TooManyRequests, answers.Take(10));
            Assert.All(answers.Skip(10), s => Assert.Equal(HttpStatusCode.TooManyRequests, s));
        }
    }

    private async Task AskCodeAsync(string email) =>
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/users/ott", new { email, purpose = "" }));

    private Task<HttpStatusCode> GuessAsync(string email, string ott) =>
        _server.StatusAsync(HttpMethod.Post, "/users/verify-email", new { email, ott });

    private Task<HttpStatusCode> ProveAsync(string srpUserID, string sessionID, byte[] proof) =>
        _server.StatusAsync(HttpMethod.Post, "/users/srp/verify-session", new { srpUserID, sessionID, srpM1 = Convert.ToBase64String(proof) });
}
