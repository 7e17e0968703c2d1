namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>
/// Who writes: an account, or an anonymous visitor of a public link, whose user id is −1 (api/04 §2.1).
/// </summary>
public sealed record Author(long UserId, string? AnonUserId)
{
    public const long Anonymous = -1;

    public static Author Account(long userId) => new(userId, null);

    public static Author Visitor(string anonUserId) => new(Anonymous, anonUserId);

    /// <summary>One text for either kind. Anonymous ids begin with a letter, so the two never meet.</summary>
    public string Key => AnonUserId ?? UserId.ToString();

    public bool Wrote(Comment comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        return comment.UserId == UserId && comment.AnonUserId == AnonUserId;
    }

    public bool Wrote(Reaction reaction)
    {
        ArgumentNullException.ThrowIfNull(reaction);
        return reaction.AuthorKey == Key;
    }
}

/// <summary>A comment; a deleted one stays as a tombstone without text, so that every client syncs its end.</summary>
public sealed record Comment
{
    public string Id { get; init; } = "";
    public long CollectionId { get; init; }
    public long? FileId { get; init; }
    public string? ParentCommentId { get; init; }
    public long UserId { get; init; }
    public string? AnonUserId { get; init; }
    public string? Cipher { get; init; }
    public string? Nonce { get; init; }
    public bool IsDeleted { get; init; }
    public long CreatedAt { get; init; }

    /// <summary>Moves with every change; no two rows of a collection ever have the same (<see cref="SocialClock"/>).</summary>
    public long UpdatedAt { get; init; }
}

/// <summary>The reaction of one author to one target: there is never a second row for the two, dead or alive.</summary>
public sealed record Reaction
{
    public string Id { get; init; } = "";
    public long CollectionId { get; init; }

    /// <summary>The file reacted to; null for a comment's reaction, also where the comment is on a file.</summary>
    public long? FileId { get; init; }
    public string? CommentId { get; init; }
    public long UserId { get; init; }
    public string? AnonUserId { get; init; }
    public string AuthorKey { get; init; } = "";
    public string TargetKey { get; init; } = "";
    public string? Cipher { get; init; }
    public string? Nonce { get; init; }
    public bool IsDeleted { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    /// <summary>What is reacted to, within a collection: a comment, else a file, else the collection.</summary>
    public static string TargetOf(long? fileId, string? commentId) => commentId ?? (fileId is { } id ? $"file:{id}" : "collection");
}

/// <summary>The name of an anonymous visitor. Belongs to the collection, not to the link: it outlives it.</summary>
public sealed record AnonymousProfile
{
    public string AnonUserId { get; init; } = "";
    public long CollectionId { get; init; }
    public string Cipher { get; init; } = "";
    public string Nonce { get; init; } = "";
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}
