namespace Ente.Orleans.Domain.Collections;

public sealed record CollectionCreated(
    long CollectionId, long OwnerId, string App, string Type, string EncryptedKey, string KeyDecryptionNonce,
    string? Name, string EncryptedName, string NameDecryptionNonce, CollectionAttributes Attributes,
    MagicMetadata? MagicMetadata, MagicMetadata? PubMagicMetadata);

public sealed record CollectionRenamed(long CollectionId, string EncryptedName, string NameDecryptionNonce);

/// <summary>The owner's private metadata was replaced; the version is the stored one.</summary>
public sealed record CollectionMagicMetadataChanged(long CollectionId, MagicMetadata MagicMetadata);

public sealed record CollectionPublicMagicMetadataChanged(long CollectionId, MagicMetadata MagicMetadata);

public sealed record ShareeMagicMetadataChanged(long CollectionId, long UserId, MagicMetadata MagicMetadata);

/// <summary>Shared with a user, shared again, or given another role. <paramref name="ByLink"/>: the user joined by a public link.</summary>
public sealed record CollectionShared(long CollectionId, long ToUserId, string EncryptedKey, string Role, bool ByLink);

/// <summary>A share ended, and that user's files left the collection.</summary>
public sealed record CollectionUnshared(long CollectionId, long UserId, IReadOnlyList<long> FileIds);

/// <summary>A file's key under the collection's key.</summary>
public sealed record FileEnvelope(long FileId, long FileOwnerId, string EncryptedKey, string KeyDecryptionNonce);

public sealed record FilesAdded(long CollectionId, IReadOnlyList<FileEnvelope> Files);

public sealed record FilesRemoved(long CollectionId, IReadOnlyList<long> FileIds);

/// <summary>An admin removed files of the owner: they stay until the owner's client moves them.</summary>
public sealed record FilesMarkedForRemoval(long CollectionId, long ActorUserId, IReadOnlyList<ActionOnFile> Actions);

public sealed record DeletionSuggested(long CollectionId, long ActorUserId, IReadOnlyList<ActionOnFile> Actions);

public sealed record DeletionSuggestionsRejected(long CollectionId, IReadOnlyList<string> ActionIds);

public sealed record ActionOnFile(string ActionId, long FileId, long UserId);

/// <summary>Content or metadata of files in the collection changed. Tombstones move too when <paramref name="IncludesRemoved"/>.</summary>
public sealed record FilesRefreshed(long CollectionId, IReadOnlyList<long> FileIds, bool IncludesRemoved);

public sealed record LinkSettings(
    long ValidTill, long DeviceLimit, bool EnableDownload, bool EnableCollect, bool EnableComment, bool EnableJoin,
    string? MinRole, string? PassHash, string? Nonce, long? MemLimit, long? OpsLimit);

public sealed record LinkCreated(long CollectionId, long LinkId, string TokenHash, string SealedToken, LinkSettings Settings);

public sealed record LinkChanged(long CollectionId, long LinkId, LinkSettings Settings);

public sealed record LinkDisabled(long CollectionId, long LinkId);

/// <summary>Deleted at once for everybody; <paramref name="TrashFiles"/>: its files follow in the background.</summary>
public sealed record CollectionDeleted(long CollectionId, bool TrashFiles);

/// <summary>All files of a deleted collection are in the trash or removed.</summary>
public sealed record CollectionEmptied(long CollectionId);
