namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>
/// Sets an author's reaction to a comment, a file or the collection. A row that the author has for the
/// target already, dead or alive, is taken again, and its id is the reply (api/04 §2.5).
/// </summary>
public sealed record SetReaction(
    Author Author, long? LinkId, long CollectionId, string ReactionId, long? FileId, string? CommentId, string Cipher, string Nonce)
    : ICommand<string>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => Math.Max(0, Author.UserId);

    private string TargetKey => Reaction.TargetOf(FileId, CommentId);

    public void Needs(Needs needs)
    {
        SocialAccess.Needs(needs, CollectionId, Author, LinkId);
        SocialAccess.NeedTarget(needs, CollectionId, FileId);
        if (CommentId is not null) needs.Comments.Add(CommentId);
        needs.Reactions.Add(ReactionId);
        needs.ReactionsTo.Add((CollectionId, Author.Key, TargetKey));
    }

    public Decision<string> Decide(Snapshot state)
    {
        if (SocialAccess.Check(state, CollectionId, Author, LinkId) is { } refusal) return refusal;
        if (SocialAccess.CheckTarget(state, CollectionId, CommentId is null ? FileId : null) is { } elsewhere) return elsewhere;
        if (CommentId is not null)
        {
            if (state.Comments.Find(CommentId) is not { } comment) return Refusal.NotFound;
            if (comment.CollectionId != CollectionId || comment.IsDeleted || comment.FileId != FileId) return Refusal.BadRequest;
        }

        var own = state.ReactionsTo[(CollectionId, Author.Key, TargetKey)] is [var reaction, ..] ? reaction : null;
        if (own is null && state.Reactions.Find(ReactionId) is not null) return Refusal.Conflict;
        var id = own?.Id ?? ReactionId;

        // Sent with the comment's file, kept without it: the comment alone is the target.
        var set = new ReactionSet(
            CollectionId, id, CommentId is null ? FileId : null, CommentId, Author.UserId, Author.AnonUserId, Cipher, Nonce);
        return Decision<string>.Accept([new Fact(Grain.Stream, set)], _ => id);
    }
}

/// <summary>
/// Only the author takes a reaction back; a member must still be one, a visitor came by the link
/// (<paramref name="ByLink"/>). A tombstone deleted again is synced again (api/04 §2.5).
/// </summary>
public sealed record DeleteReaction(Author Author, bool ByLink, long CollectionId, string ReactionId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => Math.Max(0, Author.UserId);

    public void Needs(Needs needs)
    {
        SocialAccess.Needs(needs, CollectionId, Author, null);
        needs.Reactions.Add(ReactionId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Reactions.Find(ReactionId) is not { } reaction) return Refusal.NotFound;
        if (!Author.Wrote(reaction)) return Refusal.Forbidden;
        if (!ByLink && Access.AsMember(state, CollectionId, Author.UserId, out _, out _) is { } refusal) return refusal;
        return Done.After(new Fact(Grain.Stream, new ReactionDeleted(CollectionId, ReactionId)));
    }
}
