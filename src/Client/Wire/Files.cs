namespace Ente.Orleans.Client.Wire;

/// <summary>One encrypted part of a file (03 §2); <c>Size</c> in encrypted bytes.</summary>
public sealed record FileAttributes
{
    public string? ObjectKey { get; init; }
    public string? EncryptedData { get; init; }
    public string DecryptionHeader { get; init; } = "";
    public long? Size { get; init; }
}

public sealed record FileSizes
{
    public long? FileSize { get; init; }
    public long? ThumbSize { get; init; }
}

/// <summary>A file in one collection (02 §4, 03 §2); times in microseconds.</summary>
public sealed record RemoteFile
{
    public long? ID { get; init; }
    public long? OwnerID { get; init; }
    public required long CollectionID { get; init; }
    public required string EncryptedKey { get; init; }
    public required string KeyDecryptionNonce { get; init; }
    public required FileAttributes File { get; init; }
    public required FileAttributes Thumbnail { get; init; }
    public required FileAttributes Metadata { get; init; }
    public bool? IsDeleted { get; init; }
    public long? UpdationTime { get; init; }
    public MagicMetadata? MagicMetadata { get; init; }
    public MagicMetadata? PubMagicMetadata { get; init; }
    public FileSizes? Info { get; init; }
}

public sealed record FileDiff(IReadOnlyList<RemoteFile> Diff, bool HasMore);

/// <summary>A file's stay in the trash (03 §2); times in microseconds.</summary>
public sealed record TrashItem
{
    public required RemoteFile File { get; init; }
    public bool IsDeleted { get; init; }
    public bool IsRestored { get; init; }
    public long DeleteBy { get; init; }
    public long UpdatedAt { get; init; }
}

public sealed record TrashDiff(IReadOnlyList<TrashItem> Diff, bool HasMore);

public sealed record UploadUrl(string ObjectKey, string Url);

public sealed record MultipartUploadUrls
{
    public required string ObjectKey { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("partURLs")]
    public required IReadOnlyList<string> PartUrls { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("completeURL")]
    public required string CompleteUrl { get; init; }
}
