using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>DELETE /family/remove-member/{id} (api/06 §1.2).</summary>
internal static class RemoveMember
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/family/remove-member/{id}", Handle).Requires(Requirement.FamiliesJwt);

    private static async Task<IResult> Handle(
        string id, Caller caller, ClientInfo client, FamilyQueries families, IGrainHost grains, FamilyMails mails,
        CancellationToken cancellation)
    {
        if (Query.Uuid(id) is not { } uuid) return Answers.BadRequest;
        if (await families.FindAsync(uuid, cancellation) is not { } place) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new RemoveFamilyMember(caller.UserId, place.AdminId, place.MemberId), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        if (reply.Value) await mails.RemovedAsync([place.MemberId], cancellation);
        return Answers.Empty;
    }
}
