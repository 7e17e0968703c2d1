using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain.Collections;

/// <summary>Adds files of the caller's to a collection that the caller may add to (api/02 §8).</summary>
public sealed record AddFiles(long UserId, string App, long CollectionId, IReadOnlyList<FileItem> Files) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Shares.Add((CollectionId, UserId));
        Access.NeedFiles(needs, CollectionId, Files.Select(f => f.Id));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Files.Count > Access.MaxFiles) return Refusal.TooLarge;
        if (Access.AsMember(state, CollectionId, UserId, out var collection, out var role) is { } refusal) return refusal;
        if (Access.SameApp(App, collection.App) is { } other) return other;
        if (!Roles.MayAddFiles(role)) return Refusal.Forbidden;
        var ids = Files.Select(f => f.Id).ToList();
        if (Access.OwnFiles(state, ids, UserId) is { } notOwn) return notOwn;
        if (Access.NotInTrash(state, ids) is { } inTrash) return inTrash;
        return Done.After(new Fact(Grain.Stream, new FilesAdded(CollectionId, Access.Envelopes(state, Files))));
    }
}

/// <summary>Moves own files between own collections. That they are in the first is not asked (api/02 §8).</summary>
public sealed record MoveFiles(long UserId, long FromCollectionId, long ToCollectionId, IReadOnlyList<FileItem> Files) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(FromCollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.UnionWith([FromCollectionId, ToCollectionId]);
        Access.NeedFiles(needs, FromCollectionId, Files.Select(f => f.Id));
        Access.NeedFiles(needs, ToCollectionId, Files.Select(f => f.Id));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Files.Count > Access.MaxFiles) return Refusal.TooLarge;
        if (FromCollectionId == ToCollectionId) return Refusal.BadRequest;
        if (Access.AsOwner(state, FromCollectionId, UserId, out var from) is { } notFrom) return notFrom;
        if (Access.AsOwner(state, ToCollectionId, UserId, out var to) is { } notTo) return notTo;
        if (Access.SameApp(from.App, to.App) is { } other) return other;
        var ids = Files.Select(f => f.Id).ToList();
        if (Access.OwnFiles(state, ids, UserId) is { } notOwn) return notOwn;
        if (Access.NotInTrash(state, ids) is { } inTrash) return inTrash;
        var present = ids.Where(id => state.Memberships.Find((FromCollectionId, id)) is { IsDeleted: false }).ToList();
        return Done.After(
            new Fact(StreamId.Collection(ToCollectionId), new FilesAdded(ToCollectionId, Access.Envelopes(state, Files))),
            new Fact(StreamId.Collection(FromCollectionId), new FilesRemoved(FromCollectionId, present)));
    }
}

/// <summary>Takes own files out of the trash into an own collection (api/02 §8).</summary>
public sealed record RestoreFiles(long UserId, long CollectionId, IReadOnlyList<FileItem> Files) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        Access.NeedFiles(needs, CollectionId, Files.Select(f => f.Id));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Files.Count > Access.MaxFiles) return Refusal.TooLarge;
        if (Access.AsOwner(state, CollectionId, UserId, out _) is { } refusal) return refusal;
        foreach (var item in Files)
        {
            if (state.Files.Find(item.Id) is not { } file) return Refusal.NotFound;
            if (file.OwnerId != UserId) return Refusal.Forbidden;
        }

        if (Files.DistinctBy(f => f.Id).Count() != Files.Count) return Refusal.BadRequest;
        if (Files.Any(f => state.Trash.Find(f.Id) is not { IsInTrash: true })) return Refusal.BadRequest;
        return Done.After(
        [
            new Fact(Grain.Stream, new FilesAdded(CollectionId, Access.Envelopes(state, Files))),
            .. Files.Select(f => new Fact(StreamId.File(f.Id), new FileRestored(f.Id, CollectionId))),
        ]);
    }
}

/// <summary>
/// Removes files from a collection: an admin's wish to remove the owner's files is put before the
/// owner instead (api/02 §8). With <paramref name="SuggestDeletion"/> their owners are also asked to delete them.
/// </summary>
public sealed record RemoveFiles(
    long UserId, long CollectionId, IReadOnlyList<long> FileIds, bool SuggestDeletion, string ActionIdSeed) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Shares.Add((CollectionId, UserId));
        Access.NeedFiles(needs, CollectionId, FileIds);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (FileIds.Count > Access.MaxFiles) return Refusal.TooLarge;
        if (Access.AsMember(state, CollectionId, UserId, out var collection, out var role) is { } refusal) return refusal;
        if (SuggestDeletion && !Roles.MaySuggestDelete(role)) return Refusal.Forbidden;
        var all = FileIds.Distinct().Select(id => state.Memberships.Find((CollectionId, id))).ToList();
        if (all.Any(m => m is null)) return Refusal.BadRequest;
        if (SuggestDeletion && all.Any(m => m!.FileOwnerId == UserId)) return Refusal.Forbidden;
        var live = all.Select(m => m!).Where(m => m is { IsDeleted: false, IsMarked: false }).ToList();
        if (live.Count == 0) return Done.Nothing;

        var owners = live.Where(m => m.FileOwnerId == collection.OwnerId).ToList();
        if (owners.Count > 0 && role != Roles.Admin) return Refusal.Bad("files of the collection's owner can not be removed");
        if (!Roles.MayRemoveOthersFiles(role) && live.Any(m => m.FileOwnerId != UserId)) return Refusal.Forbidden;

        var facts = new List<Fact>();
        var others = live.Where(m => m.FileOwnerId != collection.OwnerId).Select(m => m.FileId).ToList();
        if (owners.Count > 0)
            facts.Add(new Fact(Grain.Stream, new FilesMarkedForRemoval(CollectionId, UserId, [.. owners.Select(m => Action(m, "r"))])));
        if (others.Count > 0)
            facts.Add(new Fact(Grain.Stream, new FilesRemoved(CollectionId, others)));
        if (SuggestDeletion)
            facts.Add(new Fact(Grain.Stream, new DeletionSuggested(CollectionId, UserId, [.. live.Select(m => Action(m, "d"))])));
        return Done.After(facts);
    }

    // Ids are made from a seed that comes with the command, so that a decision stays a pure function.
    private ActionOnFile Action(Membership m, string kind) =>
        new(Ids.Action($"{ActionIdSeed}:{kind}:{m.FileId}"), m.FileId, m.FileOwnerId);
}

/// <summary>The caller keeps the files that others suggested to delete.</summary>
public sealed record RejectDeletionSuggestions(long UserId, IReadOnlyList<long> FileIds) : ICommand<int>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        foreach (var id in FileIds) needs.SuggestionsFor.Add((UserId, id));
    }

    public Decision<int> Decide(Snapshot state)
    {
        var rejected = FileIds.Distinct().SelectMany(id => state.Suggestions[(UserId, id)]).ToList();
        var facts = rejected
            .GroupBy(a => a.CollectionId)
            .OrderBy(g => g.Key)
            .Select(g => new Fact(
                StreamId.Collection(g.Key), new DeletionSuggestionsRejected(g.Key, [.. g.Select(a => a.Id).Order(StringComparer.Ordinal)])));
        return Decision<int>.Accept([.. facts], _ => rejected.Count);
    }
}
