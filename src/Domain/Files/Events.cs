namespace Ente.Orleans.Domain.Files;

/// <summary>Key and size, in bytes of ciphertext, of an object that a file refers to.</summary>
public sealed record ObjectRef(string Key, long Size);

/// <summary>A file exists. <paramref name="Content"/> and <paramref name="Thumbnail"/> are null for metadata-only files.</summary>
public sealed record FileCreated(
    long FileId, long OwnerId, string App, string EncryptedMetadata, string MetadataHeader, string FileHeader, string ThumbnailHeader,
    MagicMetadata? MagicMetadata, MagicMetadata? PubMagicMetadata, ObjectRef? Content, ObjectRef? Thumbnail, string? Client);

public sealed record FileContentReplaced(
    long FileId, string EncryptedMetadata, string MetadataHeader, string FileHeader, string ThumbnailHeader,
    ObjectRef Content, ObjectRef Thumbnail);

public sealed record FileThumbnailReplaced(long FileId, string ThumbnailHeader, ObjectRef Thumbnail);

public sealed record FileMagicMetadataChanged(long FileId, MagicMetadata MagicMetadata);

public sealed record FilePublicMagicMetadataChanged(long FileId, MagicMetadata MagicMetadata);

/// <summary>In the trash of its owner; gone for good at <paramref name="DeleteBy"/> unless restored.</summary>
public sealed record FileTrashed(long FileId, long UserId, string App, long CollectionId, long DeleteBy);

public sealed record FileRestored(long FileId, long CollectionId);

/// <summary>Deleted for good. Its objects are released in the same commit, which is what frees the owner's usage.</summary>
public sealed record FileDeleted(long FileId, long OwnerId);

/// <summary>The envelope of a file deleted long ago was blanked.</summary>
public sealed record FileScrubbed(long FileId);

public sealed record FileDataPut(
    long FileId, string Type, long UserId, long Size, string Provider, string? ObjectId, long? ObjectSize);

/// <summary>The objects of deleted derived data are gone from their provider.</summary>
public sealed record FileDataPurged(long FileId, string Type);

/// <summary>An upload was claimed by a file: its bytes count for the owner.</summary>
public sealed record ObjectStored(string Key, long OwnerId, string App, long FileId, string Type, long Size, string Provider);

/// <summary>No file needs the object any more; its bytes may go at <paramref name="DeleteAfter"/>.</summary>
public sealed record ObjectReleased(string Key, long OwnerId, string App, long Size, long DeleteAfter);

/// <summary>The bytes of a released object are gone from its provider.</summary>
public sealed record ObjectDeleted(string Key, string Provider);
