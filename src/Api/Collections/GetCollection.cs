namespace Ente.Orleans.Api.Collections;

/// <summary>GET /collections/{collectionID} and /collections/sharees (api/02 §6).</summary>
internal static class GetCollection
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collections/{collectionID}", One).Requires(Requirement.Storage);
        routes.MapGet("/collections/sharees", Sharees).Requires(Requirement.Storage);
    }

    private sealed record OneResponse(CollectionBody Collection);

    private static async Task<IResult> One(
        HttpContext http, Caller caller, CollectionAccess access, CollectionQueries collections, CollectionBodies bodies,
        CancellationToken cancellation)
    {
        var id = Query.PathNumber(http, "collectionID");
        if (await access.ReadAsync(id, caller.UserId, allowDeletedForOwner: true, cancellation) is not var (collection, share, _))
            return Answers.NotFound;
        var view = await collections.ViewAsync(collection, share, cancellation);
        return Answers.Ok(new OneResponse(await bodies.SingleAsync(view, caller.UserId, cancellation)));
    }

    private sealed record ShareesResponse(IReadOnlyList<UserBody> Sharees);

    private static async Task<IResult> Sharees(
        HttpContext http, Caller caller, CollectionAccess access, CollectionQueries collections, CollectionBodies bodies,
        CancellationToken cancellation)
    {
        var id = Query.NumberOrZero(http, "collectionID");
        if (await access.ReadAsync(id, caller.UserId, allowDeletedForOwner: false, cancellation) is null) return Answers.NotFound;
        return Answers.Ok(new ShareesResponse(await bodies.ShareesAsync(await collections.ShareesAsync(id, cancellation), cancellation)));
    }
}
