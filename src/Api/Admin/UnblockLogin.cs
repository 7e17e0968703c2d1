namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/unblock-storage-warning-login: such blocks never arise on an instance of one's own (api/06 §9.2).</summary>
internal static class UnblockLogin
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/user/unblock-storage-warning-login", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID);

    private static async Task<IResult> Handle(Body<Request> body, AccountQueries accounts, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.UserID)) return Answers.BadRequest;
        return await accounts.FindAsync(body.Value.UserID!.Value, cancellation) is null ? Answers.NotFound : Answers.EmptyObject;
    }
}
