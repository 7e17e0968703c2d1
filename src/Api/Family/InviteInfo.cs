using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>GET /family/invite-info/{token}: who invites, for the page behind the mailed link (api/06 §1.2).</summary>
internal static class InviteInfo
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/family/invite-info/{token}", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Response(string Id, string AdminEmail);

    private static async Task<IResult> Handle(
        string token, FamilyQueries families, AccountQueries accounts, CancellationToken cancellation)
    {
        if (await families.FindByTokenAsync(TokenHash.Of(token), cancellation) is not { } place) return Answers.NotFound;
        if (place.Status != FamilyStatus.Invited) return Answers.BadRequest;
        return (await accounts.EmailsAsync([place.AdminId], cancellation)).TryGetValue(place.AdminId, out var admin)
            ? Answers.Ok(new Response(place.Id, admin))
            : Answers.BadRequest;
    }
}
