namespace Ente.Orleans.Domain.Collections.Social;

/// <summary>A comment on an album, on one of its files, or a reply to another comment. Text is sealed with the collection's key.</summary>
public sealed record CommentAdded(
    long CollectionId, string CommentId, long? FileId, string? ParentCommentId, long UserId, string? AnonUserId, string Cipher, string Nonce);

public sealed record CommentEdited(long CollectionId, string CommentId, string Cipher, string Nonce);

/// <summary>A comment became a tombstone, and the live reactions to it with it.</summary>
public sealed record CommentDeleted(long CollectionId, string CommentId, IReadOnlyList<string> ReactionIds);

/// <summary>An author's one reaction to a target was set, set anew, or revived.</summary>
public sealed record ReactionSet(
    long CollectionId, string ReactionId, long? FileId, string? CommentId, long UserId, string? AnonUserId, string Cipher, string Nonce);

public sealed record ReactionDeleted(long CollectionId, string ReactionId);

/// <summary>What a user wrote in a collection went with the user: comments, reactions, and the reactions of others to those comments.</summary>
public sealed record SocialActivityRemoved(
    long CollectionId, long UserId, IReadOnlyList<string> CommentIds, IReadOnlyList<string> ReactionIds);

/// <summary>A visitor of a public link took a name, sealed with the collection's key.</summary>
public sealed record AnonymousProfileAdded(long CollectionId, string AnonUserId, string Cipher, string Nonce);
