namespace Ente.Orleans.Domain.Files;

/// <summary>A file: content and thumbnail are stored objects, the rest is here (api/03 §2). Its row is never removed.</summary>
public sealed record FileState
{
    public long Id { get; init; }
    public long OwnerId { get; init; }
    public string App { get; init; } = Apps.Photos;
    public string EncryptedMetadata { get; init; } = "";
    public string MetadataHeader { get; init; } = "";
    public string FileHeader { get; init; } = "";
    public string ThumbnailHeader { get; init; } = "";
    public MagicMetadata? MagicMetadata { get; init; }
    public MagicMetadata? PubMagicMetadata { get; init; }

    /// <summary>Key of the content; null for files that are metadata only, and after permanent deletion.</summary>
    public string? FileObjectKey { get; init; }
    public string? ThumbnailObjectKey { get; init; }

    /// <summary>Bytes of the encrypted content.</summary>
    public long FileSize { get; init; }
    public long ThumbnailSize { get; init; }
    public bool IsDeleted { get; init; }
    public long UpdationTime { get; init; }
    public long Version { get; init; }

    /// <summary>What the envelope holds after the scrub of a deleted file.</summary>
    public const string Scrubbed = "-";

    public long StoredBytes => FileObjectKey is null ? 0 : FileSize + ThumbnailSize;
}

/// <summary>The one trash entry a file has for life (api/03 §10).</summary>
public sealed record TrashEntry
{
    public long FileId { get; init; }
    public long UserId { get; init; }
    public string App { get; init; } = Apps.Photos;

    /// <summary>The first collection it was trashed from: clients open its key with that membership.</summary>
    public long CollectionId { get; init; }
    public bool IsDeleted { get; init; }
    public bool IsRestored { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    /// <summary>When it is deleted for good.</summary>
    public long DeleteBy { get; init; }

    public bool IsInTrash => !IsDeleted && !IsRestored;
}

/// <summary>One ciphertext in object storage. The row outlives the bytes: it says which file a key ever belonged to.</summary>
public sealed record StoredObject
{
    public const string File = "file";
    public const string Thumbnail = "thumbnail";

    public string Key { get; init; } = "";
    public long OwnerId { get; init; }
    public long FileId { get; init; }
    public string Type { get; init; } = File;
    public long Size { get; init; }

    /// <summary>Name of the provider that has it.</summary>
    public string Provider { get; init; } = "";

    /// <summary>No file needs it any more; the bytes go at <see cref="DeleteAfter"/>.</summary>
    public bool IsReleased { get; init; }
    public long? DeleteAfter { get; init; }

    /// <summary>The bytes are gone.</summary>
    public bool IsDeleted { get; init; }
    public long CreatedAt { get; init; }
    public long Version { get; init; }
}

/// <summary>Derived data of a file: ML data or a video preview (api/03 §9).</summary>
public sealed record FileData
{
    public const string MlData = "mldata";
    public const string VideoPreview = "vid_preview";
    public const string ImagePreview = "img_preview";

    public static readonly IReadOnlyList<string> Types = [MlData, VideoPreview, ImagePreview];

    public long FileId { get; init; }
    public string Type { get; init; } = MlData;
    public long UserId { get; init; }
    public long Size { get; init; }
    public string Provider { get; init; } = "";
    public string? ObjectId { get; init; }
    public string? ObjectNonce { get; init; }
    public long? ObjectSize { get; init; }
    public bool IsDeleted { get; init; }

    /// <summary>Deleted, and its objects are gone.</summary>
    public bool IsPurged { get; init; }
    public long UpdatedAt { get; init; }
}
