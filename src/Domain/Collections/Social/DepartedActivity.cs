namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>Whoever leaves an album takes along what they wrote there, in the commit in which the share ends (api/04 §2.1).</summary>
internal static class DepartedActivity
{
    /// <summary>The user's live comments and reactions in the collection, and the live reactions to those comments; null for none.</summary>
    public static SocialActivityRemoved? Of(Snapshot state, long collectionId, long userId)
    {
        var comments = state.Comments.All
            .Where(c => c.CollectionId == collectionId && c.UserId == userId && !c.IsDeleted)
            .Select(c => c.Id)
            .ToHashSet(StringComparer.Ordinal);
        var reactions = state.Reactions.All
            .Where(r => r.CollectionId == collectionId && !r.IsDeleted)
            .Where(r => r.UserId == userId || (r.CommentId is not null && comments.Contains(r.CommentId)))
            .Select(r => r.Id)
            .Order(StringComparer.Ordinal)
            .ToList();
        return comments.Count + reactions.Count == 0
            ? null
            : new SocialActivityRemoved(collectionId, userId, [.. comments.Order(StringComparer.Ordinal)], reactions);
    }
}
