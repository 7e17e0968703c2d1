namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>Rows of comments, reactions and anonymous profiles, from the events of collection streams.</summary>
internal static class SocialProjection
{
    public static void Apply(Snapshot s, object @event, long t)
    {
        switch (@event)
        {
            case CommentAdded e:
                s.Comments.Put(Added(e, SocialClock.Next(s, e.CollectionId, t)));
                break;
            case CommentEdited e:
                s.Comments.Change(e.CommentId, c => c with
                {
                    Cipher = e.Cipher,
                    Nonce = e.Nonce,
                    UpdatedAt = SocialClock.Next(s, e.CollectionId, t),
                });
                break;
            case CommentDeleted e:
                Bury(s, e.CollectionId, [e.CommentId], e.ReactionIds, t);
                break;
            case ReactionSet e:
                s.Reactions.Put(Set(s.Reactions.Find(e.ReactionId), e, SocialClock.Next(s, e.CollectionId, t)));
                break;
            case ReactionDeleted e:
                Bury(s, e.CollectionId, [], [e.ReactionId], t);
                break;
            case SocialActivityRemoved e:
                Bury(s, e.CollectionId, e.CommentIds, e.ReactionIds, t);
                break;
            case AnonymousProfileAdded e:
                var at = SocialClock.Next(s, e.CollectionId, t);
                s.AnonymousProfiles.Put(new AnonymousProfile
                {
                    AnonUserId = e.AnonUserId,
                    CollectionId = e.CollectionId,
                    Cipher = e.Cipher,
                    Nonce = e.Nonce,
                    CreatedAt = at,
                    UpdatedAt = at,
                });
                break;
            default:
                throw new InvalidOperationException($"no collection event: {@event.GetType().Name}");
        }
    }

    public static void Needs(object @event, Needs n)
    {
        switch (@event)
        {
            case CommentEdited e:
                n.Comments.Add(e.CommentId);
                break;
            case CommentDeleted e:
                n.Comments.Add(e.CommentId);
                n.Reactions.UnionWith(e.ReactionIds);
                break;
            case ReactionSet e:
                n.Reactions.Add(e.ReactionId);
                break;
            case ReactionDeleted e:
                n.Reactions.Add(e.ReactionId);
                break;
            case SocialActivityRemoved e:
                n.Comments.UnionWith(e.CommentIds);
                n.Reactions.UnionWith(e.ReactionIds);
                break;
        }
    }

    private static Comment Added(CommentAdded e, long at) => new()
    {
        Id = e.CommentId,
        CollectionId = e.CollectionId,
        FileId = e.FileId,
        ParentCommentId = e.ParentCommentId,
        UserId = e.UserId,
        AnonUserId = e.AnonUserId,
        Cipher = e.Cipher,
        Nonce = e.Nonce,
        CreatedAt = at,
        UpdatedAt = at,
    };

    private static Reaction Set(Reaction? old, ReactionSet e, long at) =>
        (old ?? new Reaction
        {
            Id = e.ReactionId,
            CollectionId = e.CollectionId,
            FileId = e.FileId,
            CommentId = e.CommentId,
            UserId = e.UserId,
            AnonUserId = e.AnonUserId,
            AuthorKey = new Author(e.UserId, e.AnonUserId).Key,
            TargetKey = Reaction.TargetOf(e.FileId, e.CommentId),
            CreatedAt = at,
        }) with
        { Cipher = e.Cipher, Nonce = e.Nonce, IsDeleted = false, UpdatedAt = at };

    private static void Bury(Snapshot s, long collectionId, IReadOnlyList<string> comments, IReadOnlyList<string> reactions, long t)
    {
        foreach (var id in comments)
        {
            s.Comments.Change(id, c => c with
            {
                Cipher = null,
                Nonce = null,
                IsDeleted = true,
                UpdatedAt = SocialClock.Next(s, collectionId, t),
            });
        }

        foreach (var id in reactions)
        {
            s.Reactions.Change(id, r => r with
            {
                Cipher = null,
                Nonce = null,
                IsDeleted = true,
                UpdatedAt = SocialClock.Next(s, collectionId, t),
            });
        }
    }
}
