using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Admin;

/// <summary>DELETE /admin/user/delete: as if the user had done it (api/06 §9.2).</summary>
internal static class DeleteUserEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/admin/user/delete", Handle).Requires(Requirement.Admin);

    private static async Task<IResult> Handle(
        HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, Deletions deletions, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(Query.Text(http, "email"));
        if (email.Length == 0) return Answers.BadRequest;
        if (!await AdminTokens.IsFreshAsync(caller, accounts, http, cancellation)) return AdminTokens.TooOld;
        return await accounts.FindByEmailAsync(email, cancellation) is { } account
            ? await deletions.DeleteAsync(caller.UserId, account.Id, "admin", null, client, http, cancellation)
            : Answers.NotFound;
    }
}
