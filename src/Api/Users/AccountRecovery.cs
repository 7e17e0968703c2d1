namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/recover-account: the link in the mail about a deletion (api/01 §I). Always a page.</summary>
internal static class AccountRecovery
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/users/recover-account", Handle).Requires(Requirement.Anyone);

    private static async Task<IResult> Handle(
        HttpContext http, ClientInfo client, ScopedJwt jwt, PersonalData personal, IGrainHost grains, CancellationToken cancellation)
    {
        var token = Query.Text(http, "token");
        if (token.Length == 0) return Answers.Bad("token missing");
        if (jwt.Verify(token) is not { IsExpired: false, Scope: JwtScopes.RestoreAccount, Email: { } email } claims) return Page(false);
        var sealedEmail = await personal.SealAsync(claims.UserId, email, cancellation);
        var reply = await grains.SendAsync(
            new RecoverUser(claims.UserId, personal.EmailHash(email), sealedEmail), client.RequestId, cancellation);
        return Page(reply.Value);
    }

    private static IResult Page(bool isRecovered) => Results.Content(
        isRecovered
            ? "<!doctype html><title>Account recovered</title><p>Your account is active again. You can log in."
            : "<!doctype html><title>Account not recovered</title><p>The account could not be recovered. The link may have expired.",
        "text/html; charset=utf-8");
}
