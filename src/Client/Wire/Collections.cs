namespace Ente.Orleans.Client.Wire;

public sealed record User
{
    public long ID { get; init; }
    public string? Email { get; init; }
    public string? Role { get; init; }
}

/// <summary>Encrypted mutable metadata (08 §6); <c>Count</c> is the number of keys inside.</summary>
public sealed record MagicMetadata
{
    public int Version { get; init; }
    public int Count { get; init; }
    public string? Data { get; init; }
    public string? Header { get; init; }
}

/// <summary>A public link as its owner or visitor sees it (02 §4).</summary>
public sealed record PublicUrl
{
    public string Url { get; init; } = "";
    public int DeviceLimit { get; init; }
    public long ValidTill { get; init; }
    public bool EnableDownload { get; init; }
    public bool EnableCollect { get; init; }
    public bool EnableJoin { get; init; }
    public bool PasswordEnabled { get; init; }
    public string? Nonce { get; init; }
    public long? MemLimit { get; init; }
    public long? OpsLimit { get; init; }
}

public sealed record PublicUrlAnswer(PublicUrl Result);

/// <summary>A collection as it travels (02 §4).</summary>
public sealed record Collection
{
    public required long ID { get; init; }
    public required User Owner { get; init; }
    public string EncryptedKey { get; init; } = "";
    public string? KeyDecryptionNonce { get; init; }
    public string? Name { get; init; }
    public string? EncryptedName { get; init; }
    public string? NameDecryptionNonce { get; init; }
    public string Type { get; init; } = "";
    public IReadOnlyList<User>? Sharees { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("publicURLs")]
    public IReadOnlyList<PublicUrl>? PublicUrls { get; init; }

    public long UpdationTime { get; init; }
    public bool? IsDeleted { get; init; }
    public MagicMetadata? MagicMetadata { get; init; }
    public MagicMetadata? PubMagicMetadata { get; init; }
    public MagicMetadata? SharedMagicMetadata { get; init; }
}

public sealed record Collections(
    [property: System.Text.Json.Serialization.JsonPropertyName("collections")] IReadOnlyList<Collection> Items);

public sealed record CollectionAnswer(Collection Collection);

/// <summary>A file's key for one more collection.</summary>
public sealed record FileItem(long ID, string EncryptedKey, string KeyDecryptionNonce);

public sealed record PublicAlbumInfo(Collection Collection);

public sealed record LinkPasswordAnswer(string JwtToken);
