using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Files;

/// <summary>A file as clients send it (api/03 §2, §7.1).</summary>
internal sealed record FileRequest(
    long? Id, long? CollectionID, string? EncryptedKey, string? KeyDecryptionNonce, ObjectBody? File, ObjectBody? Thumbnail,
    MetadataBody? Metadata, MagicMetadataBody? MagicMetadata, MagicMetadataBody? PubMagicMetadata)
{
    /// <summary>The fields without which nothing else is looked at.</summary>
    public bool HasRequiredFields =>
        File is not null && Thumbnail is not null && Metadata is not null
        && Required.All(File.DecryptionHeader, Thumbnail.DecryptionHeader, Metadata.DecryptionHeader)
        && MagicMetadata is not { IsComplete: false } && PubMagicMetadata is not { IsComplete: false };

    /// <summary>Keys of uploads of this owner, and not the same one twice.</summary>
    public bool HasKeysOf(long ownerId) =>
        UploadKey.IsOf(File?.ObjectKey, ownerId) && UploadKey.IsOf(Thumbnail?.ObjectKey, ownerId) && File!.ObjectKey != Thumbnail!.ObjectKey;
}

internal sealed record ObjectBody(string? ObjectKey, string? DecryptionHeader, long? Size);

internal sealed record MetadataBody(string? EncryptedData, string? DecryptionHeader);

/// <summary>Keys of uploads are <c>{owner}/{uuid}</c>: no other object of the owner's can be claimed as a file.</summary>
internal static class UploadKey
{
    public static bool IsOf(string? key, long ownerId)
    {
        var prefix = $"{ownerId}/";
        return key is not null && key.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParseExact(key.AsSpan(prefix.Length), "D", out _);
    }
}

/// <summary>The answer to a created file: what was sent, with ids, time and sizes.</summary>
internal sealed record FileResponse(
    long Id, long OwnerID, long CollectionID, long? CollectionOwnerID, string EncryptedKey, string KeyDecryptionNonce,
    AttributesResponse File, AttributesResponse Thumbnail, AttributesResponse Metadata, bool IsDeleted, long UpdationTime,
    InfoResponse Info)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MagicMetadata? MagicMetadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MagicMetadata? PubMagicMetadata { get; init; }
}

internal sealed record AttributesResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObjectKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EncryptedData, string DecryptionHeader, long Size);

internal sealed record InfoResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long FileSize,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long ThumbSize);
