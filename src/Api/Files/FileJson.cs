using System.Text.Json;

namespace Ente.Orleans.Api.Files;

/// <summary>
/// Files on the wire (api/02 §4, api/03 §2), written straight into the answer: a diff may hold
/// thousands of them, and its memory stays flat.
/// </summary>
internal static class FileJson
{
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText OwnerId = JsonEncodedText.Encode("ownerID");
    private static readonly JsonEncodedText CollectionId = JsonEncodedText.Encode("collectionID");
    private static readonly JsonEncodedText CollectionOwnerId = JsonEncodedText.Encode("collectionOwnerID");
    private static readonly JsonEncodedText CollectionAddedAt = JsonEncodedText.Encode("collectionAddedAt");
    private static readonly JsonEncodedText EncryptedKey = JsonEncodedText.Encode("encryptedKey");
    private static readonly JsonEncodedText KeyDecryptionNonce = JsonEncodedText.Encode("keyDecryptionNonce");
    private static readonly JsonEncodedText File = JsonEncodedText.Encode("file");
    private static readonly JsonEncodedText Thumbnail = JsonEncodedText.Encode("thumbnail");
    private static readonly JsonEncodedText Metadata = JsonEncodedText.Encode("metadata");
    private static readonly JsonEncodedText EncryptedData = JsonEncodedText.Encode("encryptedData");
    private static readonly JsonEncodedText DecryptionHeader = JsonEncodedText.Encode("decryptionHeader");
    private static readonly JsonEncodedText Size = JsonEncodedText.Encode("size");
    private static readonly JsonEncodedText IsDeleted = JsonEncodedText.Encode("isDeleted");
    private static readonly JsonEncodedText UpdationTime = JsonEncodedText.Encode("updationTime");
    private static readonly JsonEncodedText MagicMetadata = JsonEncodedText.Encode("magicMetadata");
    private static readonly JsonEncodedText PubMagicMetadata = JsonEncodedText.Encode("pubMagicMetadata");
    private static readonly JsonEncodedText Info = JsonEncodedText.Encode("info");
    private static readonly JsonEncodedText FileSize = JsonEncodedText.Encode("fileSize");
    private static readonly JsonEncodedText ThumbSize = JsonEncodedText.Encode("thumbSize");
    private static readonly JsonEncodedText Action = JsonEncodedText.Encode("action");
    private static readonly JsonEncodedText ActionUser = JsonEncodedText.Encode("actionUser");

    /// <summary>Flushed when so much waits, so that a large answer does not pile up.</summary>
    private const int FlushAt = 64 * 1024;

    /// <summary>
    /// Answers <c>{"diff":[…],"hasMore":…}</c>, a piece at a time: no database connection is held while a client takes its time, and
    /// of an answer that nobody reads there is one piece in memory, which counts for its client.
    /// </summary>
    public static async Task WriteDiffAsync<T>(
        HttpContext http, IAsyncEnumerable<IReadOnlyList<T>> pieces, bool hasMore, Action<Utf8JsonWriter, T> write, CancellationToken cancellation)
    {
        var budget = http.RequestServices.GetRequiredService<ApiOptions>().Budget;
        http.RequestServices.GetRequiredService<BufferedBytes>().Of(http).GrowTo(budget.HeldByDiff);
        http.Response.ContentType = JsonAnswer<object>.ContentType;
        await using var json = Writer(http);
        json.WriteStartObject();
        json.WriteStartArray("diff"u8);
        var flushed = 0L;
        await foreach (var piece in pieces.WithCancellation(cancellation))
        {
            foreach (var row in piece)
            {
                write(json, row);
                // The writer hands its bytes on in small pieces: those pending are never many.
                if (json.BytesCommitted + json.BytesPending - flushed < FlushAt) continue;
                json.Flush();
                flushed = json.BytesCommitted;
                await http.Response.BodyWriter.FlushAsync(cancellation);
            }
        }

        json.WriteEndArray();
        json.WriteBoolean("hasMore"u8, hasMore);
        json.WriteEndObject();
    }

    public static Utf8JsonWriter Writer(HttpContext http) =>
        new(http.Response.BodyWriter, new JsonWriterOptions { Encoder = Answers.Json.Encoder, SkipValidation = true });

    /// <summary>A file as a member of a collection sees it; the owner of the file also sees what is private.</summary>
    public static void WriteForMember(Utf8JsonWriter json, FileView file, long viewer)
    {
        var isOwner = file.OwnerId == viewer;
        Write(json, file, isOwner, file.IsDeleted || file.IsScrubbed || (!isOwner && file.Action is not null));
    }

    /// <summary>A file as a visitor of a public link sees it.</summary>
    public static void WriteForVisitor(Utf8JsonWriter json, FileView file) =>
        Write(json, file, withPrivate: false, file.IsDeleted || file.IsScrubbed || file.Action is not null);

    public static void Write(Utf8JsonWriter json, FileView f, bool withPrivate, bool isDeleted)
    {
        json.WriteStartObject();
        json.WriteNumber(Id, f.Id);
        json.WriteNumber(OwnerId, f.OwnerId);
        json.WriteNumber(CollectionId, f.CollectionId);
        if (f.CollectionOwnerId is { } owner) json.WriteNumber(CollectionOwnerId, owner);
        else json.WriteNull(CollectionOwnerId);
        if (f.AddedAt is { } added) json.WriteNumber(CollectionAddedAt, added);
        json.WriteString(EncryptedKey, f.EncryptedKey);
        json.WriteString(KeyDecryptionNonce, f.KeyDecryptionNonce);
        WriteAttributes(json, File, null, f.FileHeader);
        WriteAttributes(json, Thumbnail, null, f.ThumbnailHeader);
        WriteAttributes(json, Metadata, f.EncryptedMetadata, f.MetadataHeader);
        json.WriteBoolean(IsDeleted, isDeleted);
        json.WriteNumber(UpdationTime, f.UpdationTime);
        if (withPrivate && f.MagicMetadata is not null) WriteRaw(json, MagicMetadata, f.MagicMetadata);
        if (f.PubMagicMetadata is not null) WriteRaw(json, PubMagicMetadata, f.PubMagicMetadata);
        if (!f.IsScrubbed) WriteInfo(json, f.FileSize, f.ThumbnailSize);
        if (withPrivate && f.Action is not null) json.WriteString(Action, f.Action);
        if (withPrivate && f.ActionUser is { } actor) json.WriteNumber(ActionUser, actor);
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, JsonEncodedText name, string? data, string header)
    {
        json.WriteStartObject(name);
        if (!string.IsNullOrEmpty(data)) json.WriteString(EncryptedData, data);
        json.WriteString(DecryptionHeader, header);
        json.WriteNumber(Size, 0);
        json.WriteEndObject();
    }

    private static void WriteInfo(Utf8JsonWriter json, long fileSize, long thumbnailSize)
    {
        json.WriteStartObject(Info);
        if (fileSize != 0) json.WriteNumber(FileSize, fileSize);
        if (thumbnailSize != 0) json.WriteNumber(ThumbSize, thumbnailSize);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, JsonEncodedText name, string raw)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(raw, skipInputValidation: true);
    }
}
