using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>DELETE /family/revoke-invite/{id} (api/06 §1.2).</summary>
internal static class RevokeInvite
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/family/revoke-invite/{id}", Handle).Requires(Requirement.FamiliesJwt);

    private static async Task<IResult> Handle(
        string id, Caller caller, ClientInfo client, FamilyQueries families, IGrainHost grains, CancellationToken cancellation)
    {
        if (Query.Uuid(id) is not { } uuid) return Answers.BadRequest;
        if (await families.FindAsync(uuid, cancellation) is not { } place) return Answers.NotFound;
        return Answers.EmptyOr(await grains.SendAsync(
            new RevokeFamilyInvitation(caller.UserId, place.AdminId, place.MemberId), client.RequestId, cancellation));
    }
}
