using System.Text.Json;
using Ente.Orleans.Api.Passkeys;

namespace Ente.Orleans.Api.Users;

/// <summary>
/// POST /users/two-factor/passkeys/finish: the proof that ends a login (api/01 §G). A ceremony is used
/// up by its first answer, right or wrong, and belongs to the login session that began it.
/// </summary>
internal static class PasskeyFinish
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/two-factor/passkeys/finish", Handle).Requires(Requirement.Anyone).Limited(10);

    private static IResult Invalid => Answers.Coded(StatusCodes.Status401Unauthorized, "BAD_REQUEST", "Invalid signature");

    private static async Task<IResult> Handle(
        Body<PublicKeyCredential<AssertionResponse>> body, HttpContext http, ClientInfo client, AccountQueries accounts, SecondFactors factors,
        PasskeyCeremonies ceremonies, PasskeyVerification verification, LoginAnswers logins, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        var sessionId = Query.Text(http, "sessionID");
        if (sessionId.Length == 0 || !Guid.TryParse(Query.Uuid(Query.Text(http, "ceremonySessionID")), out var ceremonyId))
            return Answers.BadRequest;
        if (await factors.FindAsync(SecondFactors.Passkey, sessionId, clock.Now, cancellation) is not { } session) return Answers.NotFound;
        if (await accounts.FindAsync(session.UserId, cancellation) is not { IsDeleted: false } account) return Answers.Of(Refusal.UserNotFound);
        if (await ceremonies.TakeAsync(ceremonyId, clock.Now, cancellation) is not { } ceremony) return Answers.NotFound;
        if (ceremony.Scope != PasskeyCeremonies.LoginOf(sessionId)) return Answers.Forbidden;
        if (ceremony.IsExpired) return Answers.Coded(StatusCodes.Status410Gone, "SESSION_EXPIRED");
        if (session.IsFinished) return Answers.Coded(StatusCodes.Status409Conflict, "SESSION_ALREADY_CLAIMED");

        // Read after the ceremony was taken: what was removed while it ran is no way in.
        var passkeys = await accounts.PasskeysAsync(account.Id, cancellation);
        if (verification.Assert(body.Value, ceremony, passkeys) is not var (passkey, signCount)) return Invalid;
        var use = await grains.SendAsync(new UsePasskey(account.Id, passkey.Id, signCount), client.RequestId, cancellation);
        if (use.Refusal is not null) return Invalid;
        if (use.Value!.CounterFell) verification.TellOfCounter(passkey);
        var (authorization, refusal) = await logins.AuthorizeAsync(account, client, cancellation);
        if (authorization is null) return refusal!;
        await factors.FinishAsync(sessionId, JsonSerializer.Serialize(authorization, Answers.Json), clock.Now, cancellation);
        return Answers.Ok(authorization);
    }
}
