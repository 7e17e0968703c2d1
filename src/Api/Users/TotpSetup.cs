namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/two-factor/setup: a secret to be confirmed, as text and QR code (api/01 §F).</summary>
internal static class TotpSetup
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/two-factor/setup", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Response(string SecretCode, string QrCode);

    private static async Task<IResult> Handle(
        Caller caller, AccountQueries accounts, PersonalData personal, SecondFactors factors, Clock clock, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { KeyAttributes: not null } account) return Answers.NotFound;
        var secret = Crypto.Totp.NewSecret();
        await factors.AddPendingTotpAsync(caller.UserId, secret, clock.Now, cancellation);
        var email = await personal.OpenAsync(caller.UserId, account.SealedEmail, cancellation);
        var uri = $"otpauth://totp/ente:{Uri.EscapeDataString(email ?? "")}?algorithm=SHA1&digits=6&issuer=ente&period=30&secret={secret}";
        return Answers.Ok(new Response(secret, Convert.ToBase64String(QrImage.Png(uri))));
    }
}
