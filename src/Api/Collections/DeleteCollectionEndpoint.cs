using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>DELETE /collections/v3/{collectionID}: the id in the query decides, not the one in the path (api/02 §7).</summary>
internal static class DeleteCollectionEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/collections/v3/{collectionID}", Handle).Requires(Requirement.Storage);

    private static async Task<IResult> Handle(
        HttpContext http, Caller caller, ClientInfo client, IGrainHost grains, BackgroundWork work, CancellationToken cancellation)
    {
        if (Query.Number(http, "collectionID") is not { } id || id == 0 || Query.Flag(http, "keepFiles") is not { } keepFiles)
            return Answers.BadRequest;
        var reply = await grains.SendAsync(new DeleteCollection(caller.UserId, id, keepFiles), client.RequestId, cancellation);
        if (!reply.IsRefused) work.Wake();
        return Answers.EmptyOr(reply);
    }
}
