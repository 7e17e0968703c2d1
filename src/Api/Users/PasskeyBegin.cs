using System.Buffers.Text;
using Ente.Orleans.Api.Passkeys;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/two-factor/passkeys/begin: options for <c>navigator.credentials.get</c> (api/01 §G).</summary>
internal static class PasskeyBegin
{
    private const long Lifetime = 2 * Micros.Minute;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/two-factor/passkeys/begin", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? SessionID);

    private sealed record Descriptor(string Type, string Id, IReadOnlyList<string> Transports);

    /// <summary>Its time is in milliseconds.</summary>
    private sealed record PublicKey(
        string Challenge, long Timeout, string RpId, IReadOnlyList<Descriptor> AllowCredentials, string UserVerification);

    private sealed record Options(PublicKey PublicKey);

    private sealed record Response(Guid CeremonySessionID, Options Options);

    private static async Task<IResult> Handle(
        Body<Request> body, AccountQueries accounts, SecondFactors factors, PasskeyCeremonies ceremonies, ApiOptions options, Clock clock,
        CancellationToken cancellation)
    {
        if (!Required.All(body.Value.SessionID)) return Answers.BadRequest;
        var sessionId = body.Value.SessionID!;
        if (await factors.FindAsync(SecondFactors.Passkey, sessionId, clock.Now, cancellation) is not { } session) return Answers.NotFound;
        if (session.IsFinished) return Answers.Coded(StatusCodes.Status409Conflict, "SESSION_ALREADY_CLAIMED");
        if (await accounts.FindAsync(session.UserId, cancellation) is not { IsDeleted: false }) return Answers.Of(Refusal.Gone);

        // A browser finds no passkey that was made for another domain, which an operator may have had before.
        var party = options.RelyingParty;
        var passkeys = (await accounts.PasskeysAsync(session.UserId, cancellation)).FindAll(p => p.RpId == party.Id);
        if (passkeys.Count == 0) return Answers.Bad("No passkey found for user");
        var challenge = Secrets.RandomBytes(PasskeyVerification.ChallengeSize);
        var ceremony = new PasskeyCeremony(
            PasskeyCeremonies.LoginOf(sessionId), session.UserId, challenge, party.Id, [.. passkeys.Select(p => p.CredentialId)]);
        var id = await ceremonies.StartAsync(ceremony, clock.Now, Lifetime, cancellation);
        return Answers.Ok(new Response(id, new Options(new PublicKey(
            Base64Url.EncodeToString(challenge), Lifetime / Micros.Millisecond, party.Id,
            [.. passkeys.Select(p => new Descriptor("public-key", p.CredentialId, p.Transports))], "preferred"))));
    }
}
