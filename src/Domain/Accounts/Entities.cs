namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// The times of a user's entities and contacts. Clients page through them by time alone (api/05 §1), so each change gets a time
/// of its own, later than all before it, also within a commit.
/// </summary>
internal static class EntityClock
{
    /// <summary>The time of the next change, for an event of time <paramref name="t"/>.</summary>
    public static long Next(Snapshot s, long userId, long t)
    {
        var next = Micros.After(s.Accounts.Get(userId).EntityTime, t);
        s.Accounts.Change(userId, a => a with { EntityTime = next });
        return next;
    }
}

/// <summary>A new entity under the key of its type (api/05 §2.2). Ids are one name space over all users.</summary>
public sealed record CreateEntity(long UserId, string EntityId, string Type, string EncryptedData, string Header) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.EntityKeys.Add((UserId, Type));
        needs.Entities.Add(EntityId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.EntityKeys.Find((UserId, Type)) is null) return Refusal.Bad("there is no key for this type");
        return state.Entities.Find(EntityId) switch
        {
            null => Done.After(new Fact(Grain.Stream, new EntityCreated(UserId, EntityId, Type, EncryptedData, Header))),
            { IsDeleted: true } gone when gone.UserId == UserId && gone.Type == Type && Type == "smart_album" =>
                Done.After(new Fact(Grain.Stream, new EntityChanged(UserId, EntityId, EncryptedData, Header))),
            _ => new Refusal(Reason.Conflict, "ALREADY_EXISTS", "an entity with this id exists"),
        };
    }
}

public sealed record ChangeEntity(long UserId, string EntityId, string EncryptedData, string Header) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Entities.Add(EntityId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Entities.Find(EntityId) is not { } entity || entity.UserId != UserId) return Refusal.NotFound;
        return entity.IsDeleted
            ? Refusal.Bad("the entity is deleted")
            : Done.After(new Fact(Grain.Stream, new EntityChanged(UserId, EntityId, EncryptedData, Header)));
    }
}

/// <summary>Unknown and foreign ids are passed over; a tombstone deleted again is synced again.</summary>
public sealed record DeleteEntity(long UserId, string EntityId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Entities.Add(EntityId);
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.Entities.Find(EntityId) is { } entity && entity.UserId == UserId
            ? Done.After(new Fact(Grain.Stream, new EntityDeleted(UserId, EntityId)))
            : Done.Nothing;
}
