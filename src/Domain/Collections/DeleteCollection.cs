using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain.Collections;

/// <summary>Ends a collection for everybody at once; its files go to the trash in the background (api/02 §7).</summary>
public sealed record DeleteCollection(long UserId, long CollectionId, bool KeepFiles) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.SharesOf.Add(CollectionId);
        needs.LinksOf.Add(CollectionId);
        if (KeepFiles) needs.LiveMembershipsOf.Add((CollectionId, 1));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Access.AsOwnerOfAny(state, CollectionId, UserId, out var collection) is { } refusal) return refusal;
        if (collection.IsSpecial) return Refusal.BadRequest;
        if (collection.IsDeleted) return Done.Nothing;
        if (KeepFiles && state.LiveMembershipsOf[CollectionId].Count > 0)
            return new Refusal(Reason.Conflict, "COLLECTION_NOT_EMPTY");
        return Done.After(Facts(state, CollectionId));
    }

    internal static IReadOnlyList<Fact> Facts(Snapshot state, long collectionId)
    {
        var stream = StreamId.Collection(collectionId);
        var deleted = new Fact(stream, new CollectionDeleted(collectionId, TrashFiles: true));
        return state.ActiveLinkOf(collectionId) is { } link
            ? [new Fact(stream, new LinkDisabled(collectionId, link.Id)), deleted]
            : [deleted];
    }
}

/// <summary>
/// One step of emptying a deleted collection: the owner's files go to the trash, out of every other
/// album too; files of others just leave. True when nothing is left.
/// </summary>
public sealed record EmptyDeletedCollection(long CollectionId, long DeleteBy) : ICommand<bool>
{
    public const int Batch = 500;

    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => 0;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.LiveMembershipsOf.Add((CollectionId, Batch));
    }

    public Decision<bool> Decide(Snapshot state)
    {
        if (state.Collections.Find(CollectionId) is not { IsTrashPending: true } collection) return Decision<bool>.Unchanged(true);
        var live = state.LiveMembershipsOf[CollectionId].OrderBy(m => m.FileId).Take(Batch).ToList();
        if (live.Count == 0)
            return Decision<bool>.Accept([new Fact(Grain.Stream, new CollectionEmptied(CollectionId))], _ => true);
        var facts = Trashing.Facts(
            state, live.Where(m => m.FileOwnerId == collection.OwnerId).Select(m => (m.FileId, CollectionId)).ToList(), DeleteBy);
        var foreign = live.Where(m => m.FileOwnerId != collection.OwnerId).Select(m => m.FileId).Order().ToList();
        if (foreign.Count > 0) facts.Add(new Fact(Grain.Stream, new FilesRemoved(CollectionId, foreign)));
        return Decision<bool>.Accept(facts, _ => false);
    }
}
