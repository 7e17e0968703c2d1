using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Domain.Collections;

/// <summary>Shares with a user, or changes that user's role (api/02 §10).</summary>
public sealed record ShareCollection(long UserId, long CollectionId, long ToUserId, string EncryptedKey, string Role) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Shares.Add((CollectionId, UserId));
        needs.Shares.Add((CollectionId, ToUserId));
        needs.Accounts.Add(ToUserId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (ToUserId == UserId) return Refusal.BadRequest;
        if (state.Collections.Find(CollectionId) is not { } collection) return Refusal.NotFound;
        if (collection.Type == CollectionType.Uncategorized) return Refusal.BadRequest;
        if (!Roles.MayManageSharees(state.RoleIn(collection, UserId))) return Refusal.Forbidden;
        if (collection.IsDeleted) return Refusal.NotFound;
        if (!Roles.CanBeGiven(Role) || ToUserId == collection.OwnerId) return Refusal.BadRequest;
        if (state.Accounts.Find(ToUserId) is not { IsDeleted: false }) return Refusal.NotFound;
        return Done.After(new Fact(Grain.Stream, new CollectionShared(CollectionId, ToUserId, EncryptedKey, Role, ByLink: false)));
    }
}

/// <summary>
/// Ends a user's share; that user's files leave the collection, and are not trashed, comments and
/// reactions go with them (api/02 §10).
/// </summary>
public sealed record UnshareCollection(long UserId, long CollectionId, long FromUserId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs) => Unsharing.Needs(needs, CollectionId, UserId, FromUserId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Collections.Find(CollectionId) is not { } collection) return Refusal.NotFound;
        if (FromUserId == UserId) return Refusal.Forbidden;
        if (!Roles.MayManageSharees(state.RoleIn(collection, UserId)) || FromUserId == collection.OwnerId) return Refusal.Forbidden;
        return Done.After(Unsharing.Of(state, CollectionId, FromUserId));
    }
}

public sealed record LeaveCollection(long UserId, long CollectionId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs) => Unsharing.Needs(needs, CollectionId, UserId, UserId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Collections.Find(CollectionId) is not { } collection) return Refusal.NotFound;
        if (collection.OwnerId == UserId) return Refusal.Forbidden;
        return state.RoleIn(collection, UserId) is null ? Done.Nothing : Done.After(Unsharing.Of(state, CollectionId, UserId));
    }
}

internal static class Unsharing
{
    public static void Needs(Needs needs, long collectionId, long actor, long sharee)
    {
        needs.Collections.Add(collectionId);
        needs.Shares.Add((collectionId, actor));
        needs.Shares.Add((collectionId, sharee));
        needs.MembershipsOfOwner.Add((collectionId, sharee));
        needs.LiveActivityOf.Add((collectionId, sharee));
    }

    public static IReadOnlyList<Fact> Of(Snapshot state, long collectionId, long sharee)
    {
        // Tombstones too: the whole departure has one time.
        var files = state.MembershipsOfOwner[(collectionId, sharee)]
            .Select(m => m.FileId)
            .Order()
            .ToList();
        var stream = StreamId.Collection(collectionId);
        var unshared = new Fact(stream, new CollectionUnshared(collectionId, sharee, files));
        return DepartedActivity.Of(state, collectionId, sharee) is { } removed ? [unshared, new Fact(stream, removed)] : [unshared];
    }
}

/// <summary>Joins by the public link: the role is the link's, also for who had another (api/02 §10).</summary>
public sealed record JoinByLink(
    long UserId, long CollectionId, long OwnerId, string EncryptedKey, string TokenHash, string? ProvenPassHash, long Now)
    : ICommand<JoinedByLink>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.LinksOf.Add(CollectionId);
        needs.Shares.Add((CollectionId, UserId));
        needs.Accounts.Add(UserId);
        needs.Allowances.Add((OwnerId, Apps.Photos));
    }

    public Decision<JoinedByLink> Decide(Snapshot state)
    {
        if (state.Collections.Find(CollectionId) is not { } collection) return Refusal.NotFound;
        if (collection.OwnerId == UserId || collection.Type == CollectionType.Uncategorized) return Refusal.BadRequest;
        if (collection.IsDeleted || state.ActiveLinkOf(CollectionId) is not { } link) return Refusal.NotFound;
        if ((link.ValidTill != 0 && link.ValidTill < Now) || !link.EnableDownload || !link.EnableJoin) return Refusal.BadRequest;
        if (link.TokenHash != TokenHash) return Refusal.Forbidden;
        if (link.PassHash is not null && link.PassHash != ProvenPassHash) return new Refusal(Reason.Unauthenticated);
        if (Billing.Check(state, OwnerId, Now) is { } unpaid) return unpaid;
        if (state.Accounts.Find(UserId) is not { IsDeleted: false }) return new Refusal(Reason.Unauthenticated);
        var role = link.EnableCollect ? Roles.Collaborator : Roles.Viewer;
        var shared = new CollectionShared(CollectionId, UserId, EncryptedKey, role, ByLink: true);
        return Decision<JoinedByLink>.Accept([new Fact(Grain.Stream, shared)], _ => new JoinedByLink(collection.OwnerId, role));
    }
}

public sealed record JoinedByLink(long OwnerId, string Role);
