using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Social;

/// <summary>
/// GET /comments-reactions/counts and /comments-reactions/updated-at: from the second, devices decide
/// which albums to sync (api/04 §2.5).
/// </summary>
internal static class SocialSummaries
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/comments-reactions/counts", Counts).Requires(Requirement.Storage);
        routes.MapGet("/comments-reactions/updated-at", Updates).Requires(Requirement.Storage);
    }

    private sealed record CountBody(long CollectionID, long Comments, long Reactions);

    private sealed record CountsResponse(IReadOnlyList<CountBody>? Counts);

    private static async Task<IResult> Counts(Caller caller, SocialQueries social, CancellationToken cancellation)
    {
        var counts = await social.CountsAsync(caller.UserId, cancellation);
        return Answers.Ok(new CountsResponse(
            counts.Count == 0 ? null : [.. counts.Select(c => new CountBody(c.CollectionId, c.Comments, c.Reactions))]));
    }

    private sealed record UpdateBody(long CollectionID)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? CommentsUpdatedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? ReactionsUpdatedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? AnonProfilesUpdatedAt { get; init; }
    }

    private sealed record UpdatesResponse(IReadOnlyList<UpdateBody>? Updates);

    private static async Task<IResult> Updates(Caller caller, SocialQueries social, CancellationToken cancellation)
    {
        var updates = await social.UpdatesAsync(caller.UserId, caller.App, cancellation);
        return Answers.Ok(new UpdatesResponse(
            updates.Count == 0
                ? null
                : [.. updates.Select(u => new UpdateBody(u.CollectionId)
                {
                    CommentsUpdatedAt = u.Comments,
                    ReactionsUpdatedAt = u.Reactions,
                    AnonProfilesUpdatedAt = u.AnonymousProfiles,
                })]));
    }
}
