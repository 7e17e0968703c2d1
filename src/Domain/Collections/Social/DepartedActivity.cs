namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>Whoever leaves an album takes along what they wrote there, in the commit in which the share ends (api/04 §2.1).</summary>
internal static class DepartedActivity
{
    /// <summary>The user's live comments and reactions in the collection, and the live reactions to those comments; null for none.</summary>
    public static SocialActivityRemoved? Of(Snapshot state, long collectionId, long userId)
    {
        var comments = state.LiveCommentsOf[(collectionId, userId)].Select(c => c.Id).ToList();
        var reactions = comments
            .SelectMany(id => state.LiveReactionsOn[new Name(id)])
            .Concat(state.LiveReactionsOf[(collectionId, userId)])
            .Select(r => r.Id)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return comments.Count + reactions.Count == 0
            ? null
            : new SocialActivityRemoved(collectionId, userId, [.. comments.Order(StringComparer.Ordinal)], reactions);
    }
}
