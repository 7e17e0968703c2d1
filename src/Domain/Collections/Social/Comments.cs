namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>
/// A comment or a reply. <paramref name="LinkId"/>: the public link by which the author came, null for
/// members. Ids are one name space over the whole server: a used one is refused (api/04 §2.5).
/// </summary>
public sealed record AddComment(
    Author Author, long? LinkId, long CollectionId, string CommentId, long? FileId, string? ParentCommentId, string Cipher, string Nonce)
    : ICommand<string>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => Math.Max(0, Author.UserId);

    public void Needs(Needs needs)
    {
        SocialAccess.Needs(needs, CollectionId, Author, LinkId);
        SocialAccess.NeedTarget(needs, CollectionId, FileId);
        needs.Comments.Add(CommentId);
        if (ParentCommentId is not null) needs.Comments.Add(ParentCommentId);
    }

    public Decision<string> Decide(Snapshot state)
    {
        if (SocialAccess.Check(state, CollectionId, Author, LinkId) is { } refusal) return refusal;
        if (SocialAccess.CheckTarget(state, CollectionId, ParentCommentId is null ? FileId : null) is { } elsewhere) return elsewhere;
        if (ParentCommentId is not null)
        {
            if (state.Comments.Find(ParentCommentId) is not { } parent) return Refusal.NotFound;
            if (parent.CollectionId != CollectionId || parent.IsDeleted || parent.FileId != FileId) return Refusal.BadRequest;
        }

        if (state.Comments.Find(CommentId) is not null) return Refusal.Conflict;
        var added = new CommentAdded(
            CollectionId, CommentId, FileId, ParentCommentId, Author.UserId, Author.AnonUserId, Cipher, Nonce);
        return Decision<string>.Accept([new Fact(Grain.Stream, added)], _ => CommentId);
    }
}

/// <summary>Only the author edits, also where the album is lost to the author by now (api/04 §2.2).</summary>
public sealed record EditComment(Author Author, long? LinkId, long CollectionId, string CommentId, string Cipher, string Nonce) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => Math.Max(0, Author.UserId);

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Comments.Add(CommentId);
        if (LinkId is { } id) needs.Links.Add(id);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (SocialAccess.CheckLink(state, LinkId) is { } closed) return closed;
        if (state.Comments.Find(CommentId) is not { } comment) return Refusal.NotFound;
        if (!Author.Wrote(comment)) return Refusal.Forbidden;
        return comment.IsDeleted
            ? Refusal.NotFound
            : Done.After(new Fact(Grain.Stream, new CommentEdited(CollectionId, CommentId, Cipher, Nonce)));
    }
}

/// <summary>By its author, or by owner and admins of its collection, deleted with the reactions to it; replies stay (api/04 §2.1, §2.2).</summary>
public sealed record DeleteComment(Author Author, long CollectionId, string CommentId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => Math.Max(0, Author.UserId);

    public void Needs(Needs needs)
    {
        SocialAccess.Needs(needs, CollectionId, Author, null);
        needs.Comments.Add(CommentId);
        needs.LiveReactionsOn.Add(CommentId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Comments.Find(CommentId) is not { } comment) return Refusal.NotFound;
        if (!Author.Wrote(comment) && MayModerate(state) is { } refusal) return refusal;
        if (comment.IsDeleted) return Refusal.NotFound;
        var reactions = state.LiveReactionsOn[new Name(CommentId)]
            .Select(r => r.Id)
            .Order(StringComparer.Ordinal)
            .ToList();
        return Done.After(new Fact(Grain.Stream, new CommentDeleted(CollectionId, CommentId, reactions)));
    }

    private Refusal? MayModerate(Snapshot state)
    {
        if (Author.AnonUserId is not null) return Refusal.Forbidden;
        if (Access.AsMember(state, CollectionId, Author.UserId, out _, out var role) is { } refusal) return refusal;
        return Roles.MayDeleteOthersComments(role) ? null : Refusal.Forbidden;
    }
}
