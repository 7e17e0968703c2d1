using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>POST /family/modify-storage: a member's own limit, or none (api/06 §1.2).</summary>
internal static class ModifyStorage
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/family/modify-storage", Handle).Requires(Requirement.FamiliesJwt);

    private sealed record Request(string? Id, long? StorageLimit);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, FamilyQueries families, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        if (Query.Uuid(body.Value.Id) is not { } uuid) return Answers.BadRequest;
        if (await families.FindAsync(uuid, cancellation) is not { } place) return Answers.NotFound;
        return Answers.EmptyOr(await grains.SendAsync(
            new ChangeFamilyStorageLimit(caller.UserId, place.AdminId, place.MemberId, body.Value.StorageLimit, clock.Now),
            client.RequestId, cancellation));
    }
}
