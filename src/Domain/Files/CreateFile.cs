using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Domain.Files;

/// <summary>An uploaded object as a client claims it, and as the store has it (null: it does not).</summary>
public sealed record ClaimedObject(string Key, string Header, long? DeclaredSize, long? StoredSize, string Provider);

/// <summary>
/// A file in a collection of its owner's (api/03 §7.1). Sent again it gives the same file.
/// <paramref name="UserId"/> is the owner, also when a visitor of a public link uploads.
/// </summary>
public sealed record CreateFile(
    long UserId, long FileId, string App, long CollectionId, string EncryptedKey, string KeyDecryptionNonce,
    ClaimedObject Content, ClaimedObject Thumbnail, string EncryptedMetadata, string MetadataHeader,
    MagicMetadata? MagicMetadata, MagicMetadata? PubMagicMetadata, string? Client, long Now) : ICommand<CreatedFile>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Objects.UnionWith([Content.Key, Thumbnail.Key]);
        needs.Allowances.Add((UserId, App));
    }

    public Decision<CreatedFile> Decide(Snapshot state)
    {
        if (Creating.Into(state, CollectionId, UserId, App) is { } refusal) return refusal;
        if (Creating.Sizes(Content, Thumbnail) is { } size) return size;
        if (Creating.Paid(state, UserId, App, Now) is { } unpaid) return unpaid;
        if (state.Objects.Find(Content.Key) is not null || state.Objects.Find(Thumbnail.Key) is not null) return Again(state);
        var bytes = Content.StoredSize!.Value + Thumbnail.StoredSize!.Value;
        var isFirst = App == Apps.Photos && state.AllowanceOf(UserId, App) is { OwnUsed: 0 };
        if (Creating.Room(state, UserId, App, bytes, Now, out var ceilings) is { } over) return over;

        var content = new ObjectRef(Content.Key, Content.StoredSize.Value);
        var thumbnail = new ObjectRef(Thumbnail.Key, Thumbnail.StoredSize.Value);
        var created = new FileCreated(
            FileId, UserId, App, EncryptedMetadata, MetadataHeader, Content.Header, Thumbnail.Header, MagicMetadata, PubMagicMetadata,
            content, thumbnail, Client);
        var envelope = new FileEnvelope(FileId, UserId, EncryptedKey, KeyDecryptionNonce);
        return Decision<CreatedFile>.Accept(
            [
                new Fact(StreamId.File(FileId), created),
                new Fact(Grain.Stream, new FilesAdded(CollectionId, [envelope])),
                Storing.Stored(Content, UserId, App, FileId, StoredObject.File),
                Storing.Stored(Thumbnail, UserId, App, FileId, StoredObject.Thumbnail),
            ],
            t => new CreatedFile(FileId, t, content.Size, thumbnail.Size, isFirst),
            ceilings);
    }

    // The answer to the first try was lost. A key that the file had and has replaced since counts too.
    private Decision<CreatedFile> Again(Snapshot state)
    {
        var objects = new[] { state.Objects.Find(Content.Key), state.Objects.Find(Thumbnail.Key) };
        if (objects[0] is not { } content || objects[1] is not { } thumbnail) return Refusal.BadRequest;
        if (content.FileId != thumbnail.FileId || state.Files.Find(content.FileId) is not { } file) return Refusal.BadRequest;
        if (file.OwnerId != UserId || file.IsDeleted) return Refusal.BadRequest;
        var result = new CreatedFile(file.Id, file.UpdationTime, content.Size, thumbnail.Size);
        if (content.IsReleased && thumbnail.IsReleased) return Decision<CreatedFile>.Unchanged(result);
        var same = file.FileObjectKey == Content.Key && file.ThumbnailObjectKey == Thumbnail.Key
            && file.FileSize == Content.StoredSize && file.ThumbnailSize == Thumbnail.StoredSize
            && file.FileHeader == Content.Header && file.ThumbnailHeader == Thumbnail.Header
            && file.EncryptedMetadata == EncryptedMetadata && file.MetadataHeader == MetadataHeader;
        return same ? Decision<CreatedFile>.Unchanged(result) : Refusal.BadRequest;
    }
}

/// <summary>The file's id, and the time and sizes (bytes) that the server found.</summary>
public sealed record CreatedFile(long FileId, long UpdationTime, long FileSize, long ThumbnailSize, bool IsFirst = false);

/// <summary>A file that is metadata only, for the locker app (api/03 §7.2).</summary>
public sealed record CreateMetaFile(
    long UserId, long FileId, string App, long CollectionId, string EncryptedKey, string KeyDecryptionNonce,
    string EncryptedMetadata, string MetadataHeader, MagicMetadata? MagicMetadata, MagicMetadata? PubMagicMetadata,
    string? Client, long Now) : ICommand<CreatedFile>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Allowances.Add((UserId, App));
    }

    public Decision<CreatedFile> Decide(Snapshot state)
    {
        if (Creating.Into(state, CollectionId, UserId, App) is { } refusal) return refusal;
        if (App != Apps.Locker) return Refusal.Bad("only the locker app has files without content");
        if (Creating.Room(state, UserId, App, null, Now, out var ceilings) is { } over) return over;
        var created = new FileCreated(
            FileId, UserId, App, EncryptedMetadata, MetadataHeader, "", "", MagicMetadata, PubMagicMetadata, null, null, Client);
        var envelope = new FileEnvelope(FileId, UserId, EncryptedKey, KeyDecryptionNonce);
        return Decision<CreatedFile>.Accept(
            [new Fact(StreamId.File(FileId), created), new Fact(Grain.Stream, new FilesAdded(CollectionId, [envelope]))],
            t => new CreatedFile(FileId, t, 0, 0),
            ceilings);
    }
}

internal static class Creating
{
    /// <summary>Only the owner uploads into a collection, with the app it belongs to.</summary>
    public static Refusal? Into(Snapshot state, long collectionId, long userId, string app)
    {
        if (state.Collections.Find(collectionId) is not { } collection) return Refusal.NotFound;
        if (Access.SameApp(app, collection.App) is { } other) return other;
        if (collection.OwnerId != userId) return Refusal.Forbidden;
        return collection.IsDeleted ? Refusal.CollectionDeleted : null;
    }

    public static Refusal? Sizes(ClaimedObject content, ClaimedObject thumbnail)
    {
        if (content.StoredSize is not { } size || thumbnail.StoredSize is not { } thumbnailSize)
            return new Refusal(Reason.Unavailable, "OBJECT_SIZE_FETCH_FAILED", "the uploaded object was not found in the object store");
        if (size > Allowance.MaxFileSize) return Refusal.TooLarge;
        var differs = (content.DeclaredSize is { } d && d != 0 && d != size)
            || (thumbnail.DeclaredSize is { } td && td != 0 && td != thumbnailSize);
        return differs ? Refusal.BadRequest : null;
    }

    /// <summary>Null while the owner's plan runs, or a dated add-on carries it.</summary>
    public static Refusal? Paid(Snapshot state, long userId, string app, long now) =>
        state.AllowanceOf(userId, app) is { } allowance && allowance.CarriesUploads(now)
            ? null
            : Refusal.PaymentRequired;

    /// <summary>
    /// Whether the owner's allowance has room for more bytes (null: for a file without any), and the ceilings that the commit must
    /// keep for it; none where nothing is added.
    /// </summary>
    public static Refusal? Room(Snapshot state, long userId, string app, long? bytes, long now, out IReadOnlyList<Ceiling> ceilings)
    {
        ceilings = [];
        if (state.AllowanceOf(userId, app) is not { } allowance) return Refusal.NotFound;
        if (allowance.Check(bytes, app, now) is { } refusal) return refusal;
        if (bytes is null or > 0) ceilings = [new Ceiling(userId, app, allowance.Ceiling(app, isSizeKnown: true, now))];
        return null;
    }
}

internal static class Storing
{
    /// <summary>Bytes of a deleted file stay so long, since a database restored from a backup may still need them.</summary>
    public const long AfterDeletion = 45 * Micros.Day;
    public const long AfterReplacement = 24 * Micros.Day;

    public static Fact Stored(ClaimedObject o, long ownerId, string app, long fileId, string type) =>
        new(StreamId.Object(o.Key), new ObjectStored(o.Key, ownerId, app, fileId, type, o.StoredSize!.Value, o.Provider));

    public static Fact Released(StoredObject o, string app, long deleteAfter) =>
        new(StreamId.Object(o.Key), new ObjectReleased(o.Key, o.OwnerId, app, o.Size, deleteAfter));
}
