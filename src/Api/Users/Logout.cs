namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/logout (api/01 §E).</summary>
internal static class Logout
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/users/logout", Handle).Requires(Requirement.User);

    private static async Task<IResult> Handle(Caller caller, ClientInfo client, Tokens tokens, CancellationToken cancellation)
    {
        await tokens.EndAsync(caller.UserId, caller.TokenHash, client, cancellation);
        return Answers.EmptyObject;
    }
}
