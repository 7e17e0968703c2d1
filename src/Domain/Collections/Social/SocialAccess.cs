namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>
/// Who may write in an album: its members, and whoever comes by its link while that allows comments.
/// The link is looked at again in the decision, so that nothing follows the moment it was closed.
/// </summary>
internal static class SocialAccess
{
    public static void Needs(Needs needs, long collectionId, Author author, long? linkId)
    {
        needs.Collections.Add(collectionId);
        if (linkId is { } id) needs.Links.Add(id);
        else needs.Shares.Add((collectionId, author.UserId));
    }

    /// <summary>A living collection that the author may write in: as a member, or by a link of that collection.</summary>
    public static Refusal? Check(Snapshot s, long collectionId, Author author, long? linkId)
    {
        if (linkId is not { } id) return Access.AsMember(s, collectionId, author.UserId, out _, out _);
        if (CheckLink(s, id) is { } closed) return closed;
        return s.Collections.Find(collectionId) is { IsDeleted: false } && s.Links.Get(id).CollectionId == collectionId
            ? null
            : Refusal.NotFound;
    }

    public static void NeedTarget(Needs needs, long collectionId, long? fileId)
    {
        if (fileId is not { } id) return;
        needs.Files.Add(id);
        needs.Memberships.Add((collectionId, id));
    }

    /// <summary>
    /// A file that is written about is in the collection. Numbers of no file at all are taken, as the contract has it (api/04 §2): they
    /// say nothing about anybody's photos. What is written to a comment goes with that comment, wherever its file is by now.
    /// </summary>
    public static Refusal? CheckTarget(Snapshot s, long collectionId, long? fileId) =>
        fileId is not { } id || s.Files.Find(id) is null || s.Memberships.Find((collectionId, id)) is { IsDeleted: false } ? null : Refusal.BadRequest;

    /// <summary>The link by which an author came is still open for comments; members need none.</summary>
    public static Refusal? CheckLink(Snapshot s, long? linkId)
    {
        if (linkId is not { } id) return null;
        return s.Links.Find(id) switch
        {
            null or { IsDisabled: true } => Refusal.Gone,
            { EnableComment: false } => Refusal.CommentsDisabled,
            _ => null,
        };
    }
}
