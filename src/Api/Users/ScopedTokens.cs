namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/payment-token, families-token and accounts-token (api/01 §H).</summary>
internal static class ScopedTokens
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/payment-token", (Caller caller, ScopedJwt jwt) =>
            Answers.Ok(new Payment(jwt.Issue(caller.UserId, JwtScopes.Payment, Micros.Day)))).Requires(Requirement.User);
        routes.MapGet("/users/families-token", (Caller caller, ScopedJwt jwt, ApiOptions options) =>
            Answers.Ok(new Families(jwt.Issue(caller.UserId, JwtScopes.Families, Micros.Day), options.Apps.Family))).Requires(Requirement.User);
        routes.MapGet("/users/accounts-token", (Caller caller, ScopedJwt jwt, ApiOptions options) =>
            Answers.Ok(new Accounts(jwt.Issue(caller.UserId, JwtScopes.Accounts, 30 * Micros.Minute), options.Apps.Accounts))).Requires(Requirement.User);
    }

    private sealed record Payment(string PaymentToken);

    private sealed record Families(string FamiliesToken, string FamilyUrl);

    private sealed record Accounts(string AccountsToken, string AccountsUrl);
}
