using Ente.Orleans.EventStore;

namespace Ente.Orleans.Api.Collections;

/// <summary>GET /collections, /collections/v2 and /collections/v3 (api/02 §6).</summary>
internal static class ListCollections
{
    private const int MaxPage = 1000;

    /// <summary>How long an answer waits for writers that are still under way; after it, their changes come with the next sync.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collections", All).Requires(Requirement.Storage);
        routes.MapGet("/collections/v2", All).Requires(Requirement.Storage);
        routes.MapGet("/collections/v3", Pages).Requires(Requirement.Storage);
    }

    private sealed record AllResponse(IReadOnlyList<CollectionBody> Collections);

    private static async Task<IResult> All(
        HttpContext http, Caller caller, CollectionQueries collections, CollectionBodies bodies, Horizon horizon, CancellationToken cancellation)
    {
        var since = Query.NumberOrZero(http, "sinceTime");
        var safe = await horizon.WaitAsync(Patience, cancellation);
        var owned = await collections.OwnedAsync(caller.UserId, caller.App, since, null, cancellation);
        var shared = await collections.SharedAsync(caller.UserId, caller.App, since, null, cancellation);
        return Answers.Ok(new AllResponse(
            await bodies.ListAsync([.. owned, .. shared], caller.UserId, caller.App, safe.TimeMicros, cancellation)));
    }

    private sealed record PagesResponse(IReadOnlyList<CollectionBody> Owned, IReadOnlyList<CollectionBody> Shared);

    private static async Task<IResult> Pages(
        HttpContext http, Caller caller, CollectionQueries collections, CollectionBodies bodies, Horizon horizon, CancellationToken cancellation)
    {
        var given = Query.Text(http, "limit");
        var limit = given.Length == 0 ? MaxPage : Query.ParseNumber(given) ?? 0;
        if (limit < 0) return Answers.BadRequest;
        var page = (int)Math.Min(limit, MaxPage);
        var safe = await horizon.WaitAsync(Patience, cancellation);
        var owned = await collections.OwnedAsync(caller.UserId, caller.App, Query.NumberOrZero(http, "sinceTime"), page, cancellation);
        var shared = await collections.SharedAsync(caller.UserId, caller.App, Query.NumberOrZero(http, "sharedSinceTime"), page, cancellation);
        return Answers.Ok(new PagesResponse(
            await bodies.ListAsync(owned, caller.UserId, caller.App, safe.TimeMicros, cancellation),
            await bodies.ListAsync(shared, caller.UserId, caller.App, safe.TimeMicros, cancellation)));
    }
}
