namespace Ente.Orleans.Api.Admin;

/// <summary>GET /admin/users: who signed up after a time, in that order (api/06 §9.2).</summary>
internal static class ListUsers
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/admin/users", Handle).Requires(Requirement.Admin);

    private sealed record Response(IReadOnlyList<AdminUserBody> Users);

    private static async Task<IResult> Handle(HttpContext http, Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        if (Query.Number(http, "sinceTime") is not { } since) return Answers.BadRequest;
        if (!await AdminTokens.IsFreshAsync(caller, accounts, http, cancellation)) return AdminTokens.TooOld;
        var users = await accounts.CreatedSinceAsync(since, cancellation);
        var emails = await accounts.EmailsAsync([.. users.Select(u => u.Id)], cancellation);
        return Answers.Ok(new Response(
            [.. users.Select(u => AdminUserBody.Of(u, emails.GetValueOrDefault(u.Id, "")) with { FamilyAdminID = null })]));
    }
}
