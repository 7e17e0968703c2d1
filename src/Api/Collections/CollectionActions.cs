using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>GET /collection-actions/pending-remove and delete-suggestions, POST reject-delete-suggestions (api/02 §9).</summary>
internal static class CollectionActions
{
    private const int PageSize = 2000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collection-actions/pending-remove", (HttpContext http, Caller caller, CollectionQueries collections, CancellationToken c) =>
            PendingAsync(http, CollectionAction.Remove, caller, collections, c)).Requires(Requirement.Storage);
        routes.MapGet("/collection-actions/delete-suggestions", (HttpContext http, Caller caller, CollectionQueries collections, CancellationToken c) =>
            PendingAsync(http, CollectionAction.DeleteSuggested, caller, collections, c)).Requires(Requirement.Storage);
        routes.MapPost("/collection-actions/reject-delete-suggestions", Reject).Requires(Requirement.Storage);
    }

    private sealed record ActionBody(
        string Id, long UserID, long ActorUserID, long CollectionID, long FileID, string Action, bool IsPending, long CreatedAt, long UpdatedAt);

    private sealed record Response(IReadOnlyList<ActionBody> Actions, bool HasMore);

    private static async Task<IResult> PendingAsync(
        HttpContext http, string action, Caller caller, CollectionQueries collections, CancellationToken cancellation)
    {
        var given = Query.Text(http, "sinceTime");
        if (given.Length > 0 && Query.ParseNumber(given) is null) return Answers.BadRequest;
        var rows = await collections.PendingActionsAsync(
            caller.UserId, action, Query.NumberOrZero(http, "sinceTime"), PageSize, cancellation);
        return Answers.Ok(new Response(
            [.. rows.Select(a => new ActionBody(
                a.Id, a.UserId, a.ActorUserId, a.CollectionId, a.FileId, a.Action, a.IsPending, a.CreatedAt, a.UpdatedAt))],
            rows.Count >= PageSize));
    }

    private sealed record RejectRequest(IReadOnlyList<long>? FileIDs);

    private sealed record RejectResponse(int Updated);

    private static async Task<IResult> Reject(
        Body<RejectRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (body.Value.FileIDs is not { } ids) return Answers.BadRequest;
        if (ids.Count is 0 or > PageSize) return Answers.Bad("1 to 2000 file ids are required");
        var reply = await grains.SendAsync(new RejectDeletionSuggestions(caller.UserId, ids), client.RequestId, cancellation);
        return Answers.OkOr(reply, updated => new RejectResponse(updated));
    }
}
