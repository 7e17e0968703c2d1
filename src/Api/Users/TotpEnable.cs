namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/two-factor/enable and /disable (api/01 §F).</summary>
internal static class TotpEnable
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/users/two-factor/enable", Enable).Requires(Requirement.User).Limited(10);
        routes.MapPost("/users/two-factor/disable", Disable).Requires(Requirement.User).Limited(10);
    }

    private sealed record Request(string? Code, string? EncryptedTwoFactorSecret, string? TwoFactorSecretDecryptionNonce);

    private static async Task<IResult> Enable(
        Body<Request> body, Caller caller, ClientInfo client, PersonalData personal, SecondFactors factors, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Code, r.EncryptedTwoFactorSecret, r.TwoFactorSecretDecryptionNonce)) return Answers.BadRequest;
        var pending = await factors.PendingTotpAsync(caller.UserId, clock.Now, cancellation);
        if (pending.FirstOrDefault(s => Crypto.Totp.Verify(s, r.Code, clock.UtcNow) is not null) is not { } secret) return Answers.Unauthenticated;
        var command = new EnableTotp(
            caller.UserId, await personal.SealAsync(caller.UserId, secret, cancellation), personal.Hash(secret),
            r.EncryptedTwoFactorSecret!, r.TwoFactorSecretDecryptionNonce!);
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        await factors.DropPendingTotpAsync(caller.UserId, secret, cancellation);
        return Answers.EmptyOr(reply);
    }

    private static async Task<IResult> Disable(Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation) =>
        Answers.EmptyOr(await grains.SendAsync(new DisableTotp(caller.UserId), client.RequestId, cancellation));
}
