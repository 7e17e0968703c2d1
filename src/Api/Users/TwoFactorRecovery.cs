using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/two-factor/recover and POST /users/two-factor/remove for a lost second factor (api/01 §F).</summary>
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
        var kind = KindOf(Query.Text(http, "twoFactorType"));
        if (await factors.FindAsync(kind, Query.Text(http, "sessionID"), clock.Now, cancellation) is not { } session) return Answers.NotFound;
        var account = await accounts.FindAsync(session.UserId, cancellation);
        if (kind == SecondFactors.Passkey)
        {
            return account is { PasskeyRecoveryCipher: { } cipher, PasskeyRecoveryNonce: { } cipherNonce }
                ? Answers.Ok(new Recovery(cipher, cipherNonce))
                : Answers.Bad("Passkey reset is not configured");
        }

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
        var kind = KindOf(r.TwoFactorType);
        if (await factors.FindAsync(kind, r.SessionID ?? "", clock.Now, cancellation) is not { } session) return Answers.NotFound;
        if (await accounts.FindAsync(session.UserId, cancellation) is not { IsDeleted: false } account) return Answers.NotFound;
        var given = personal.Hash(r.Secret ?? "");
        if (kind == SecondFactors.Passkey)
        {
            if (await personal.OpenAsync(account.Id, account.SealedPasskeyRecoverySecret, cancellation) is not { } secret) return Answers.NotFound;

            // Passkeys stay: who has lost one takes it off the list once inside.
            return AreEqual(given, personal.Hash(secret)) ? await logins.AnswerSecondFactorAsync(account, client, cancellation) : Answers.Forbidden;
        }

        if (!AreEqual(given, account.TotpSecretHash ?? "")) return Answers.Forbidden;
        var reply = await grains.SendAsync(new DisableTotp(account.Id), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : await logins.AnswerSecondFactorAsync(account, client, cancellation);
    }

    // Any other word means TOTP.
    private static string KindOf(string? twoFactorType) => twoFactorType == SecondFactors.Passkey ? SecondFactors.Passkey : SecondFactors.Totp;

    private static bool AreEqual(string given, string stored) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(stored));
}
