using System.Net;
using System.Text.Json;
using Ente.Orleans.Api.Passkeys;
using Xunit;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>Somebody with an account, at the accounts app and at login.</summary>
internal sealed class PasskeyUser(ApiServer server, ApiUser account)
{
    public const string RpId = "accounts.ente.com";
    public const string Origin = "https://accounts.ente.com";

    public ApiUser Account => account;

    public static async Task<PasskeyUser> CreateAsync(ApiServer server) => new(server, await server.SignUpAsync());

    public static SoftwareAuthenticator NewKey() => new(TestKey.Of(-7), Origin);

    public async Task<string> SiteTokenAsync() =>
        (await server.JsonAsync(HttpMethod.Get, "/users/accounts-token", token: account.Token)).GetProperty("accountsToken").GetString()!;

    public async Task<JsonElement> ListAsync() => await server.JsonAsync(HttpMethod.Get, "/passkeys", token: await SiteTokenAsync());

    /// <summary>The session and the challenge of a registration that was begun.</summary>
    public async Task<(string Session, string Challenge)> BeginRegistrationAsync()
    {
        var answer = await server.JsonAsync(HttpMethod.Post, "/passkeys/registration/begin", token: await SiteTokenAsync());
        return (answer.GetProperty("sessionID").GetString()!, ChallengeOf(answer));
    }

    public async Task<Answer> FinishRegistrationAsync(string session, PublicKeyCredential<AttestationResponse> credential, string name = "key") =>
        await SendAsync(
            HttpMethod.Post, $"/passkeys/registration/finish?sessionID={session}&friendlyName={Uri.EscapeDataString(name)}", credential,
            await SiteTokenAsync());

    public async Task<SoftwareAuthenticator> RegisterAsync(string name = "key", SoftwareAuthenticator? key = null)
    {
        key ??= NewKey();
        var (session, challenge) = await BeginRegistrationAsync();
        Assert.Equal(HttpStatusCode.OK, (await FinishRegistrationAsync(session, key.Create(RpId, challenge), name)).Status);
        return key;
    }

    /// <summary>A login by a mailed code, up to the second factor.</summary>
    public async Task<JsonElement> LoginAsync()
    {
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(HttpMethod.Post, "/users/ott", new { email = account.Email, purpose = "login" }));
        return await server.JsonAsync(HttpMethod.Post, "/users/verify-email", new { email = account.Email, ott = ApiServer.Code });
    }

    public async Task<string> StartAsync() => (await LoginAsync()).GetProperty("passkeySessionID").GetString()!;

    public Task<Answer> BeginAsync(string session) =>
        SendAsync(HttpMethod.Post, "/users/two-factor/passkeys/begin", new { sessionID = session });

    /// <summary>The ceremony and the challenge of a proof that was begun.</summary>
    public async Task<(string Ceremony, string Challenge)> ChallengeAsync(string session)
    {
        var answer = await BeginAsync(session);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return (answer.Body!.Value.GetProperty("ceremonySessionID").GetString()!, ChallengeOf(answer.Body.Value));
    }

    public Task<Answer> FinishAsync(string session, string ceremony, object credential) => SendAsync(
        HttpMethod.Post, $"/users/two-factor/passkeys/finish?sessionID={Uri.EscapeDataString(session)}&ceremonySessionID={ceremony}", credential);

    public async Task<Answer> ProveAsync(string session, SoftwareAuthenticator key, Lies? lies = null)
    {
        var (ceremony, challenge) = await ChallengeAsync(session);
        return await FinishAsync(session, ceremony, key.Get(RpId, challenge, lies));
    }

    public Task<Answer> PollAsync(string session) =>
        SendAsync(HttpMethod.Get, $"/users/two-factor/passkeys/get-token?sessionID={Uri.EscapeDataString(session)}");

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? token = null)
    {
        using var content = body is null
            ? null
            : new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), JsonSerializerOptions.Web));
        using var answer = await server.SendAsync(method, path, content, token);
        var text = await answer.Content.ReadAsStringAsync();
        return new Answer(answer.StatusCode, text.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(text));
    }

    private static string ChallengeOf(JsonElement answer) =>
        answer.GetProperty("options").GetProperty("publicKey").GetProperty("challenge").GetString()!;
}

internal sealed record Answer(HttpStatusCode Status, JsonElement? Body)
{
    /// <summary>The status with the code of an error.</summary>
    public override string ToString() =>
        $"{(int)Status} {(Body is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty("code", out var code) ? code.GetString() : "")}".TrimEnd();
}
