using Ente.Orleans.Api.Collections;

namespace Ente.Orleans.Api.Social;

/// <summary>GET /comments/diff, /reactions/diff and /social/diff (api/04 §2.4, §2.5).</summary>
internal static class SocialDiffs
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/comments/diff", (HttpContext http, Caller caller, CollectionAccess access, SocialQueries social, CancellationToken c) =>
            ForMemberAsync(http, caller, access, id => SocialDiffAnswers.CommentsAsync(http, id, social, c), c)).Requires(Requirement.Storage);
        routes.MapGet("/reactions/diff", (HttpContext http, Caller caller, CollectionAccess access, SocialQueries social, CancellationToken c) =>
            ForMemberAsync(http, caller, access, id => SocialDiffAnswers.ReactionsAsync(http, id, social, c), c)).Requires(Requirement.Storage);
        routes.MapGet("/social/diff", (HttpContext http, Caller caller, CollectionAccess access, SocialQueries social, CancellationToken c) =>
            ForMemberAsync(http, caller, access, id => SocialDiffAnswers.BothAsync(http, id, hasOwnCursors: true, social, c), c))
            .Requires(Requirement.Storage);
    }

    /// <summary>Answers for the collection of the query, 404 unless the caller is a member.</summary>
    public static async Task<IResult> ForMemberAsync(
        HttpContext http, Caller caller, CollectionAccess access, Func<long, Task<IResult>> answer, CancellationToken cancellation)
    {
        if (Query.Number(http, "collectionID") is not ({ } id and > 0)) return Answers.BadRequest;
        return await access.ReadAsync(id, caller.UserId, allowDeletedForOwner: false, cancellation) is null
            ? Answers.NotFound
            : await answer(id);
    }
}

/// <summary>The answers of the diffs, the same for members and visitors. Queries that can not be read are 400.</summary>
internal static class SocialDiffAnswers
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 2000;

    private sealed record CommentsResponse(IReadOnlyList<CommentBody> Comments, bool HasMore);

    private sealed record ReactionsResponse(IReadOnlyList<ReactionBody> Reactions, bool HasMore);

    private sealed record BothResponse(
        IReadOnlyList<CommentBody> Comments, IReadOnlyList<ReactionBody> Reactions, bool HasMoreComments, bool HasMoreReactions);

    public static async Task<IResult> CommentsAsync(HttpContext http, long collectionId, SocialQueries social, CancellationToken cancellation)
    {
        var page = await social.DiffAsync(
            new SocialDiffQuery(collectionId, Since(http), null, Limit(http), FileId(http), null), cancellation);
        return Answers.Ok(new CommentsResponse([.. page.Comments.Select(CommentBody.Of)], page.HasMoreComments));
    }

    public static async Task<IResult> ReactionsAsync(HttpContext http, long collectionId, SocialQueries social, CancellationToken cancellation)
    {
        var commentId = Query.Text(http, "commentID") is { Length: > 0 } id ? id : null;
        var page = await social.DiffAsync(
            new SocialDiffQuery(collectionId, null, Since(http), Limit(http), FileId(http), commentId), cancellation);
        return Answers.Ok(new ReactionsResponse([.. page.Reactions.Select(ReactionBody.Of)], page.HasMoreReactions));
    }

    /// <summary>Both kinds, with <paramref name="hasOwnCursors"/> each after its own cursor where that is given.</summary>
    public static async Task<IResult> BothAsync(
        HttpContext http, long collectionId, bool hasOwnCursors, SocialQueries social, CancellationToken cancellation)
    {
        var since = Since(http);
        var comments = hasOwnCursors ? Query.OptionalNumber(http, "commentsSinceTime") ?? since : since;
        var reactions = hasOwnCursors ? Query.OptionalNumber(http, "reactionsSinceTime") ?? since : since;
        var page = await social.DiffAsync(
            new SocialDiffQuery(collectionId, comments, reactions, Limit(http), FileId(http), null), cancellation);
        return Answers.Ok(new BothResponse(
            [.. page.Comments.Select(CommentBody.Of)], [.. page.Reactions.Select(ReactionBody.Of)], page.HasMoreComments,
            page.HasMoreReactions));
    }

    private static long Since(HttpContext http) => Query.OptionalNumber(http, "sinceTime") ?? 0;

    private static long? FileId(HttpContext http) => Query.OptionalNumber(http, "fileID");

    private static int Limit(HttpContext http) => Query.OptionalNumber(http, "limit") switch
    {
        null => DefaultLimit,
        <= 0 => throw BadBodyException.Malformed,
        { } limit => (int)Math.Min(limit, MaxLimit),
    };
}
