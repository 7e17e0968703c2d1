using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Domain.Files;

/// <summary>Files into the trash, out of every collection that has them (api/03 §7.7).</summary>
public sealed record TrashFiles(long UserId, IReadOnlyList<TrashItem> Items, long DeleteBy) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        foreach (var item in Items)
        {
            needs.Files.Add(item.FileId);
            needs.Trash.Add(item.FileId);
            needs.MembershipsOfFiles.Add(item.FileId);
            needs.PendingActions.Add((item.CollectionId, item.FileId));
            needs.Collections.Add(item.CollectionId);
        }
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Items.Count > Access.MaxFiles) return Refusal.TooLarge;
        if (Access.OwnFiles(state, [.. Items.Select(i => i.FileId)], UserId) is { } notOwn) return notOwn;
        foreach (var id in Items.Select(i => i.CollectionId).Distinct())
        {
            if (Access.AsOwnerOfAny(state, id, UserId, out _) is { } refusal) return refusal;
        }

        if (Items.Any(i => state.Memberships.Find((i.CollectionId, i.FileId)) is null)) return Refusal.BadRequest;
        return Done.After(Trashing.Facts(state, [.. Items.Select(i => (i.FileId, i.CollectionId))], DeleteBy));
    }
}

public sealed record TrashItem(long FileId, long CollectionId);

/// <summary>
/// Deletes files in the trash for good; ids that are not in the caller's trash are passed over
/// (api/03 §10.2). A file that is in the trash and yet in some collection, which nothing should ever bring about, is never deleted:
/// it leaves the trash, and the reply names it.
/// </summary>
public sealed record DeleteTrashed(long UserId, IReadOnlyList<long> FileIds, long Now, long BytesDeletedAfter) : ICommand<DeletedForGood>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        foreach (var id in FileIds)
        {
            needs.Files.Add(id);
            needs.Trash.Add(id);
            needs.MembershipsOfFiles.Add(id);
            needs.ObjectsOfFiles.Add(id);
            needs.FileData.UnionWith(FileData.Types.Select(type => (id, type)));
        }
    }

    public Decision<DeletedForGood> Decide(Snapshot state)
    {
        var facts = new List<Fact>();
        var alive = new List<long>();
        foreach (var id in FileIds.Distinct().Order())
        {
            if (state.Trash.Find(id) is not { IsInTrash: true } entry || entry.UserId != UserId) continue;
            if (state.MembershipsOfFile[id].Where(m => !m.IsDeleted).MinBy(m => m.CollectionId) is { } membership)
            {
                alive.Add(id);
                facts.Add(new Fact(StreamId.File(id), new FileRestored(id, membership.CollectionId)));
                continue;
            }

            var file = state.Files.Get(id);
            facts.Add(new Fact(StreamId.File(id), new FileDeleted(id, UserId)));
            facts.AddRange(state.HeldObjectsOf[id]
                .OrderBy(o => o.Key, StringComparer.Ordinal)
                .Select(o => Storing.Released(o, file.App, Now + BytesDeletedAfter)));
        }

        return Decision<DeletedForGood>.Accept(facts, _ => new DeletedForGood(alive));
    }
}

/// <summary>What <see cref="DeleteTrashed"/> came to: the files that it found alive and did not delete.</summary>
public sealed record DeletedForGood(IReadOnlyList<long> Alive);

/// <summary>Derived data of a file was stored by the caller (api/03 §9.1, §9.2).</summary>
public sealed record PutFileData(
    long UserId, long FileId, string Type, long Size, string Provider, string? ObjectId, long? ObjectSize, long? LastUpdatedAt)
    : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Files.Add(FileId);
        needs.FileData.Add((FileId, Type));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Files.Find(FileId) is not { } file) return Refusal.NotFound;
        var stored = state.FileData.Find((FileId, Type));
        if (LastUpdatedAt is { } known && (stored is { IsDeleted: true } || known != (stored?.UpdatedAt ?? 0)))
            return new Refusal(Reason.Conflict, "INVALID_VERSION", "file data was changed by another device");
        if (stored is { IsDeleted: true } || file.IsDeleted) return Done.Nothing;
        return Done.After(new Fact(
            StreamId.File(FileId), new FileDataPut(FileId, Type, file.OwnerId, Size, Provider, ObjectId, ObjectSize)));
    }
}

internal static class Trashing
{
    /// <summary>How long a file stays in the trash.</summary>
    public const long Retention = 30 * Micros.Day;

    public static List<Fact> Facts(Snapshot state, IReadOnlyList<(long FileId, long CollectionId)> items, long deleteBy)
    {
        var facts = items
            .Select(i => i.FileId)
            .Distinct()
            .SelectMany(id => state.MembershipsOfFile[id])
            .Where(m => !m.IsDeleted)
            .GroupBy(m => m.CollectionId)
            .OrderBy(g => g.Key)
            .Select(g => new Fact(
                StreamId.Collection(g.Key), new FilesRemoved(g.Key, [.. g.Select(m => m.FileId).Order()])))
            .ToList();
        facts.AddRange(items
            .Where(i => state.Trash.Find(i.FileId) is not { IsDeleted: true })
            .OrderBy(i => i.FileId)
            .Select(i =>
            {
                var file = state.Files.Get(i.FileId);
                return new Fact(StreamId.File(i.FileId), new FileTrashed(i.FileId, file.OwnerId, file.App, i.CollectionId, deleteBy));
            }));
        return facts;
    }
}
