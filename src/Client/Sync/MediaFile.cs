using System.Text.Json.Nodes;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>Kinds of files in the protocol (08 §8.2).</summary>
public enum MediaType
{
    Image = 0,
    Video = 1,

    /// <summary>A still and a short video in one zip.</summary>
    LivePhoto = 2,
}

/// <summary>What makes two files the same for upload: name, kind and hash of the plain content (08 §8.5).</summary>
public sealed record FileIdentity(string Title, MediaType Type, string Hash);

/// <summary>A file of one album, opened with the album's key.</summary>
public sealed record MediaFile
{
    public required long Id { get; init; }
    public required long AlbumId { get; init; }
    public required long OwnerId { get; init; }

    /// <summary>The file key, 32 bytes.</summary>
    public required byte[] Key { get; init; }

    /// <summary>File name with extension, as last edited.</summary>
    public required string Title { get; init; }

    /// <summary>File name as uploaded.</summary>
    public required string OriginalTitle { get; init; }

    public required MediaType Type { get; init; }

    /// <summary>When taken, as last edited; microseconds.</summary>
    public required long CreationTime { get; init; }

    /// <summary>The file's modification time when it was uploaded; microseconds.</summary>
    public required long ModificationTime { get; init; }

    /// <summary>Base64 of BLAKE2b-512 of the plain content, two of them for live photos; null for old files.</summary>
    public string? Hash { get; init; }

    /// <summary>Bytes of the encrypted content; null when the server did not say.</summary>
    public long? EncryptedSize { get; init; }

    /// <summary>Header of the content's stream, 24 bytes.</summary>
    public required byte[] ContentHeader { get; init; }

    /// <summary>Header of the thumbnail's blob, 24 bytes.</summary>
    public required byte[] ThumbnailHeader { get; init; }

    /// <summary>Everything in the immutable metadata, unknown keys included.</summary>
    public required JsonObject Metadata { get; init; }

    // More than any server takes for one file; a larger number is no size.
    private const long LargestSize = 1L << 50;

    /// <summary>Bytes of the plain content; null when unknown.</summary>
    public long? Size => EncryptedSize is { } size ? SecretStream.PlainLength(size) : null;

    public FileIdentity? Identity => Hash is null ? null : new FileIdentity(OriginalTitle, Type, Hash);

    /// <summary>A time of a file, as a date in UTC.</summary>
    public static DateTime TimeOf(long microseconds) => Moment.ToUtc(microseconds);

    /// <summary>Never prints the key.</summary>
    public override string ToString() => $"{Id} {Title}";

    /// <summary>Opens a file with its collection's key; null when the key does not fit or the metadata is not what clients write.</summary>
    internal static MediaFile? Open(RemoteFile file, byte[] collectionKey)
    {
        if (file.ID is not { } id || file.OwnerID is not { } ownerId
            || !Boxed.TryOpen(file.EncryptedKey, file.KeyDecryptionNonce, collectionKey, out var key) || key.Length != SecretBox.KeySize
            || Envelope.OpenBlob(file.Metadata.EncryptedData, file.Metadata.DecryptionHeader, key) is not { } metadata
            || !Base64Text.TryDecode(file.File.DecryptionHeader, out var contentHeader)
            || !Base64Text.TryDecode(file.Thumbnail.DecryptionHeader, out var thumbnailHeader))
            return null;
        var edited = Envelope.Open(file.PubMagicMetadata, key) ?? [];
        var title = metadata["title"].AsText() ?? $"{id}";
        return new MediaFile
        {
            Id = id,
            AlbumId = file.CollectionID,
            OwnerId = ownerId,
            Key = key,
            OriginalTitle = title,
            Title = edited["editedName"].AsText() is { Length: > 0 } editedName ? editedName : title,
            Type = (MediaType)(metadata["fileType"].AsInteger() ?? 0),
            CreationTime = Moment.Clamp(edited["editedTime"].AsInteger() ?? metadata["creationTime"].AsInteger() ?? 0),
            ModificationTime = Moment.Clamp(metadata["modificationTime"].AsInteger() ?? 0),
            Hash = ReadHash(metadata),
            EncryptedSize = file.Info?.FileSize is { } size and > 0 and <= LargestSize ? size : null,
            ContentHeader = contentHeader,
            ThumbnailHeader = thumbnailHeader,
            Metadata = metadata,
        };
    }

    private static string? ReadHash(JsonObject metadata)
    {
        if (metadata["hash"].AsText() is { Length: > 0 } hash)
            return hash;
        // Live photos of old clients carry the hashes of their parts apart.
        return metadata["imageHash"].AsText() is { Length: > 0 } image && metadata["videoHash"].AsText() is { Length: > 0 } video
            ? $"{image}:{video}"
            : null;
    }
}

/// <summary>The live files among rows of one collection, oldest first, and the rows that its key does not open.</summary>
internal sealed record OpenedFiles(IReadOnlyList<MediaFile> Files, IReadOnlyList<RemoteFile> Unreadable)
{
    public static OpenedFiles Of(IEnumerable<RemoteFile> rows, byte[] collectionKey)
    {
        var files = new List<MediaFile>();
        var unreadable = new List<RemoteFile>();
        foreach (var row in rows)
        {
            // "-" is what remains of a permanently deleted file.
            if (row.IsDeleted == true || string.Equals(row.Metadata.EncryptedData, "-", StringComparison.Ordinal))
                continue;
            if (MediaFile.Open(row, collectionKey) is { } file)
                files.Add(file);
            else
                unreadable.Add(row);
        }
        files.Sort((a, b) => (a.CreationTime, a.Id).CompareTo((b.CreationTime, b.Id)));
        return new OpenedFiles(files, unreadable);
    }
}

/// <summary>A file in the trash; times in microseconds.</summary>
public sealed record TrashedFile(MediaFile File, long DeleteBy);
