namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/public-key: whom to seal a shared key to (api/01 §E).</summary>
internal static class PublicKey
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/users/public-key", Handle).Requires(Requirement.User).Limited(200);

    private sealed record Response(string PublicKey);

    private static async Task<IResult> Handle(HttpContext http, AccountQueries accounts, CancellationToken cancellation) =>
        await accounts.FindByEmailAsync(Query.Text(http, "email"), cancellation) is { KeyAttributes: { } keys }
            ? Answers.Ok(new Response(keys.PublicKey))
            : Answers.NotFound;
}
