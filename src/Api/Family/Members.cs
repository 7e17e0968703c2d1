namespace Ente.Orleans.Api.Family;

/// <summary>GET /family/members (api/06 §1.2).</summary>
internal static class Members
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/family/members", Handle).Requires(Requirement.FamiliesJwt);

    private static async Task<IResult> Handle(Caller caller, AccountQueries accounts, FamilyBodies families, CancellationToken cancellation) =>
        await accounts.FindAsync(caller.UserId, cancellation) is { IsDeleted: false } account
        && await families.OfAsync(account, cancellation) is { } family
            ? Answers.Ok(family)
            : Answers.BadRequest;
}
