using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/two-factor/recover and POST /users/two-factor/remove for a lost TOTP device (api/01 §F).</summary>
internal static class TwoFactorRecovery
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/two-factor/recover", Recover).Requires(Requirement.Anyone).Limited(10);
        routes.MapPost("/users/two-factor/remove", Remove).Requires(Requirement.Anyone).Limited(10);
    }

    private sealed record Recovery(string EncryptedSecret, string SecretDecryptionNonce);

    private static async Task<IResult> Recover(
        HttpContext http, AccountQueries accounts, SecondFactors factors, Clock clock, CancellationToken cancellation)
    {
        if (await factors.FindAsync(SecondFactors.Totp, Query.Text(http, "sessionID"), clock.Now, cancellation) is not { } session)
            return Answers.NotFound;
        var account = await accounts.FindAsync(session.UserId, cancellation);
        return account is { TotpRecoverySecret: { } secret, TotpRecoveryNonce: { } nonce }
            ? Answers.Ok(new Recovery(secret, nonce))
            : Answers.NotFound;
    }

    private sealed record Removal(string? SessionID, string? Secret, string? TwoFactorType);

    private static async Task<IResult> Remove(
        Body<Removal> body, ClientInfo client, AccountQueries accounts, PersonalData personal, SecondFactors factors, LoginAnswers logins,
        IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (await factors.FindAsync(SecondFactors.Totp, r.SessionID ?? "", clock.Now, cancellation) is not { } session) return Answers.NotFound;
        if (await accounts.FindAsync(session.UserId, cancellation) is not { IsDeleted: false } account) return Answers.NotFound;
        var given = Encoding.UTF8.GetBytes(personal.Hash(r.Secret ?? ""));
        var stored = Encoding.UTF8.GetBytes(account.TotpSecretHash ?? "");
        if (!CryptographicOperations.FixedTimeEquals(given, stored)) return Answers.Forbidden;
        var reply = await grains.SendAsync(new DisableTotp(account.Id), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : await logins.AnswerSecondFactorAsync(account, client, cancellation);
    }
}
