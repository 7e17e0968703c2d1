namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/terminate-session: one of a user's devices is logged out (api/06 §9.2).</summary>
internal static class TerminateSession
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/user/terminate-session", Handle).Requires(Requirement.Admin);

    private sealed record Request(string? Token, long? UserID);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, Tokens tokens, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID) || !Required.All(r.Token)) return Answers.BadRequest;
        if (await accounts.FindAsync(r.UserID!.Value, cancellation) is null) return Answers.NotFound;
        await tokens.EndAsync(r.UserID.Value, TokenHash.Of(r.Token!), client, cancellation, caller.UserId);
        return Answers.EmptyObject;
    }
}
