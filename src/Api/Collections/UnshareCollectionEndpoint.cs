using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections/unshare and /collections/leave/{collectionID} (api/02 §10).</summary>
internal static class UnshareCollectionEndpoint
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/collections/unshare", Unshare).Requires(Requirement.Storage);
        routes.MapPost("/collections/leave/{collectionID}", Leave).Requires(Requirement.Storage);
    }

    private sealed record Request(long? CollectionID, string? Email);

    private static async Task<IResult> Unshare(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, CollectionQueries collections,
        CollectionBodies bodies, IGrainHost grains, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.CollectionID) || !Required.All(body.Value.Email)) return Answers.BadRequest;
        if (await accounts.FindByEmailAsync(body.Value.Email!, cancellation) is not { } sharee) return Answers.NotFound;
        var id = body.Value.CollectionID!.Value;
        var reply = await grains.SendAsync(new UnshareCollection(caller.UserId, id, sharee.Id), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.Ok(await SharingAnswer.OfAsync(id, collections, bodies, cancellation));
    }

    private static async Task<IResult> Leave(
        HttpContext http, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var id = Query.PathNumber(http, "collectionID");
        return Answers.EmptyOr(await grains.SendAsync(new LeaveCollection(caller.UserId, id), client.RequestId, cancellation));
    }
}
