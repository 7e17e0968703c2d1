namespace Ente.Orleans.Domain.Collections;

/// <summary>A collection (album, folder, favorites, uncategorized): api/02 §2.</summary>
public sealed record Collection
{
    public long Id { get; init; }
    public long OwnerId { get; init; }
    public string App { get; init; } = Apps.Photos;
    public string Type { get; init; } = CollectionType.Album;
    public string EncryptedKey { get; init; } = "";
    public string KeyDecryptionNonce { get; init; } = "";

    /// <summary>Plain name of ancient clients; wins over the encrypted one wherever it is set.</summary>
    public string? Name { get; init; }
    public string EncryptedName { get; init; } = "";
    public string NameDecryptionNonce { get; init; } = "";
    public CollectionAttributes Attributes { get; init; } = new(null, null, 0);
    public MagicMetadata? MagicMetadata { get; init; }
    public MagicMetadata? PubMagicMetadata { get; init; }
    public long UpdationTime { get; init; }

    /// <summary>The last time given to a comment, reaction or anonymous profile; see <see cref="Social.SocialClock"/>.</summary>
    public long SocialTime { get; init; }
    public bool IsDeleted { get; init; }

    /// <summary>Deleted, but its files are not yet in the trash: background work is due.</summary>
    public bool IsTrashPending { get; init; }

    /// <summary>Version of the stream that this row is the snapshot of.</summary>
    public long Version { get; init; }

    public bool IsSpecial => Type is CollectionType.Favorites or CollectionType.Uncategorized;
}

public sealed record CollectionAttributes(
    [property: System.Text.Json.Serialization.JsonPropertyName("encryptedPath")] string? EncryptedPath,
    [property: System.Text.Json.Serialization.JsonPropertyName("pathDecryptionNonce")] string? PathDecryptionNonce,
    [property: System.Text.Json.Serialization.JsonPropertyName("version")] int Version);

public static class CollectionType
{
    public const string Album = "album";
    public const string Folder = "folder";
    public const string Favorites = "favorites";
    public const string Uncategorized = "uncategorized";

    /// <summary>The stored form of what a client sent, null for an unknown type.</summary>
    public static string? Parse(string? type) => type switch
    {
        Album or "CollectionType.album" => Album,
        Folder => Folder,
        Favorites => Favorites,
        Uncategorized => Uncategorized,
        _ => null,
    };
}

/// <summary>A collection shared with a user. Never removed, only flagged: the sharee syncs its end.</summary>
public sealed record Share
{
    public long CollectionId { get; init; }
    public long FromUserId { get; init; }
    public long ToUserId { get; init; }

    /// <summary>The collection key sealed to the sharee's public key.</summary>
    public string EncryptedKey { get; init; } = "";
    public string Role { get; init; } = Roles.Viewer;

    /// <summary>The sharee's own metadata of the collection.</summary>
    public MagicMetadata? MagicMetadata { get; init; }
    public long? SharedAt { get; init; }
    public long UpdationTime { get; init; }
    public bool IsDeleted { get; init; }
}

/// <summary>A file in a collection, with the file's key under the collection's. Never removed, only flagged.</summary>
public sealed record Membership
{
    public long CollectionId { get; init; }
    public long FileId { get; init; }
    public string EncryptedKey { get; init; } = "";
    public string KeyDecryptionNonce { get; init; } = "";
    public long CollectionOwnerId { get; init; }
    public long FileOwnerId { get; init; }
    public long CreatedAt { get; init; }
    public long UpdationTime { get; init; }
    public bool IsDeleted { get; init; }
    public string? Action { get; init; }
    public long? ActionUser { get; init; }

    public bool IsMarked => Action is not null;
}

/// <summary>Something the owner of a file should decide: an admin removed it, or suggests to delete it (api/02 §9).</summary>
public sealed record CollectionAction
{
    public const string Remove = "REMOVE";
    public const string DeleteSuggested = "DELETE_SUGGESTED";

    public string Id { get; init; } = "";
    public long UserId { get; init; }
    public long ActorUserId { get; init; }
    public long CollectionId { get; init; }
    public long FileId { get; init; }
    public string Action { get; init; } = Remove;
    public bool IsPending { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>The link by which anybody may open a collection. At most one of a collection is not disabled.</summary>
public sealed record PublicLink
{
    public long Id { get; init; }
    public long CollectionId { get; init; }

    /// <summary>SHA-256 of the access token, base64: how a visitor's token is looked up.</summary>
    public string TokenHash { get; init; } = "";

    /// <summary>The token sealed with the instance's key: how the owner's clients are shown the link again.</summary>
    public string SealedToken { get; init; } = "";
    public bool IsDisabled { get; init; }

    /// <summary>0 = for ever.</summary>
    public long ValidTill { get; init; }

    /// <summary>0 = none.</summary>
    public long DeviceLimit { get; init; }
    public bool EnableDownload { get; init; } = true;
    public bool EnableCollect { get; init; }
    public bool EnableComment { get; init; }
    public bool EnableJoin { get; init; } = true;
    public string? MinRole { get; init; }

    /// <summary>SHA-256 of the client's password hash, base64; with nonce and limits, or none of them.</summary>
    public string? PassHash { get; init; }
    public string? Nonce { get; init; }
    public long? MemLimit { get; init; }
    public long? OpsLimit { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    internal static PublicLink Of(LinkCreated e, long t) => new PublicLink
    {
        Id = e.LinkId,
        CollectionId = e.CollectionId,
        TokenHash = e.TokenHash,
        SealedToken = e.SealedToken,
        CreatedAt = t,
    }.With(e.Settings, t);

    internal PublicLink With(LinkSettings x, long t) => this with
    {
        ValidTill = x.ValidTill,
        DeviceLimit = x.DeviceLimit,
        EnableDownload = x.EnableDownload,
        EnableCollect = x.EnableCollect,
        EnableComment = x.EnableComment,
        EnableJoin = x.EnableJoin,
        MinRole = x.MinRole,
        PassHash = x.PassHash,
        Nonce = x.Nonce,
        MemLimit = x.MemLimit,
        OpsLimit = x.OpsLimit,
        UpdatedAt = t,
    };
}
