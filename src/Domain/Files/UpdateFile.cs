using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Domain.Files;

/// <summary>New content, thumbnail and metadata under the same file key (api/03 §7.4).</summary>
public sealed record UpdateFile(
    long UserId, long FileId, ClaimedObject Content, ClaimedObject Thumbnail, string EncryptedMetadata, string MetadataHeader, long Now)
    : ICommand<long>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        Updating.Needs(needs, FileId);
        needs.Objects.UnionWith([Content.Key, Thumbnail.Key]);
        needs.Allowances.Add((UserId, Apps.Photos));
        needs.Allowances.Add((UserId, Apps.Locker));
    }

    public Decision<long> Decide(Snapshot state)
    {
        if (Updating.Own(state, FileId, UserId, out var file) is { } refusal) return refusal;
        if (file.FileObjectKey is null || file.ThumbnailObjectKey is null) return Refusal.NotFound;
        if (Creating.Sizes(Content, Thumbnail) is { } size) return size;
        var content = new ObjectRef(Content.Key, Content.StoredSize!.Value);
        var thumbnail = new ObjectRef(Thumbnail.Key, Thumbnail.StoredSize!.Value);
        var replaced = new FileContentReplaced(
            FileId, EncryptedMetadata, MetadataHeader, Content.Header, Thumbnail.Header, content, thumbnail);
        var facts = new List<Fact> { new(StreamId.File(FileId), replaced) };
        IReadOnlyList<Ceiling> ceilings = [];
        var again = content.Key == file.FileObjectKey && thumbnail.Key == file.ThumbnailObjectKey;
        if (!again)
        {
            if (state.Objects.Find(content.Key) is not null || state.Objects.Find(thumbnail.Key) is not null) return Refusal.BadRequest;
            var more = content.Size + thumbnail.Size - file.StoredBytes;
            if (Creating.Room(state, UserId, file.App, more, Now, out ceilings) is { } over) return over;
            facts.Add(Storing.Stored(Content, UserId, file.App, FileId, StoredObject.File));
            facts.Add(Storing.Stored(Thumbnail, UserId, file.App, FileId, StoredObject.Thumbnail));
            facts.AddRange(state.HeldObjectsOf[FileId]
                .OrderBy(o => o.Key, StringComparer.Ordinal)
                .Select(o => Storing.Released(o, file.App, Now + Storing.AfterReplacement)));
        }

        facts.AddRange(Updating.RefreshAll(state, FileId, includesRemoved: true));
        return Decision<long>.Accept(facts, t => t, ceilings);
    }
}

/// <summary>A smaller thumbnail for a file (api/03 §7.5).</summary>
public sealed record UpdateThumbnail(long UserId, long FileId, ClaimedObject Thumbnail, long Now) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        Updating.Needs(needs, FileId);
        needs.Objects.Add(Thumbnail.Key);
        needs.Allowances.Add((UserId, Apps.Photos));
        needs.Allowances.Add((UserId, Apps.Locker));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Updating.Own(state, FileId, UserId, out var file) is { } refusal) return refusal;
        var old = state.HeldObjectsOf[FileId].FirstOrDefault(o => o.Type == StoredObject.Thumbnail);
        if (old is null) return Refusal.NotFound;
        if (Thumbnail.StoredSize is not { } size)
            return new Refusal(Reason.Unavailable, "OBJECT_SIZE_FETCH_FAILED", "the uploaded object was not found in the object store");
        if (size > old.Size || state.Objects.Find(Thumbnail.Key) is not null) return Refusal.BadRequest;
        if (Creating.Room(state, UserId, file.App, size - old.Size, Now, out var ceilings) is { } over) return over;
        return Decision<Done>.Accept(
        [
            new Fact(StreamId.File(FileId), new FileThumbnailReplaced(FileId, Thumbnail.Header, new ObjectRef(Thumbnail.Key, size))),
            Storing.Stored(Thumbnail, UserId, file.App, FileId, StoredObject.Thumbnail),
            Storing.Released(old, file.App, Now + Storing.AfterReplacement),
            .. Updating.RefreshAll(state, FileId, includesRemoved: true),
        ],
        _ => Done.Value,
        ceilings);
    }
}

/// <summary>
/// Private or public metadata of files, all or none. The version sent must be the stored one, and a
/// client that drops more than two keys is taken for one that did not understand them (api/03 §7.6).
/// </summary>
public sealed record ChangeFilesMetadata(long UserId, bool IsPublic, bool SkipVersion, IReadOnlyList<FileMetadataChange> Changes)
    : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        foreach (var c in Changes) Updating.Needs(needs, c.FileId, withObjects: false);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        foreach (var change in Changes)
        {
            if (Updating.Own(state, change.FileId, UserId, out var file) is { } refusal) return refusal;
            var stored = IsPublic ? file.PubMagicMetadata : file.MagicMetadata;
            if (stored is not null && (stored.Version != change.MagicMetadata.Version || stored.Count - change.MagicMetadata.Count > 2))
                return Refusal.Conflict;
        }

        var last = Changes.GroupBy(c => c.FileId).Select(g => g.Last()).ToList();
        var facts = last
            .Select(c => new Fact(
                StreamId.File(c.FileId),
                IsPublic
                    ? new FilePublicMagicMetadataChanged(c.FileId, c.MagicMetadata.Next())
                    : (object)new FileMagicMetadataChanged(c.FileId, c.MagicMetadata.Next())))
            .ToList();
        if (!SkipVersion)
        {
            facts.AddRange(last
                .SelectMany(c => state.MembershipsOfFile[c.FileId].Where(m => !m.IsDeleted))
                .GroupBy(m => m.CollectionId)
                .OrderBy(g => g.Key)
                .Select(g => new Fact(
                    StreamId.Collection(g.Key), new FilesRefreshed(g.Key, [.. g.Select(m => m.FileId).Order()], IncludesRemoved: false))));
        }

        return Done.After(facts);
    }
}

public sealed record FileMetadataChange(long FileId, MagicMetadata MagicMetadata);

internal static class Updating
{
    public static void Needs(Needs needs, long fileId, bool withObjects = true)
    {
        needs.Files.Add(fileId);
        needs.MembershipsOfFiles.Add(fileId);
        if (withObjects) needs.ObjectsOfFiles.Add(fileId);
    }

    public static Refusal? Own(Snapshot state, long fileId, long userId, out FileState file)
    {
        file = state.Files.Find(fileId)!;
        if (file is null) return Refusal.NotFound;
        return file.OwnerId == userId ? null : Refusal.Forbidden;
    }

    /// <summary>Every collection that the file is or was in must show the change.</summary>
    public static IEnumerable<Fact> RefreshAll(Snapshot state, long fileId, bool includesRemoved) =>
        state.MembershipsOfFile[fileId]
            .Select(m => m.CollectionId)
            .Order()
            .Select(id => new Fact(StreamId.Collection(id), new FilesRefreshed(id, [fileId], includesRemoved)));
}
