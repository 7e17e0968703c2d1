namespace Ente.Orleans.Domain.Accounts;

public sealed record SetRemoteValue(long UserId, string Key, string Value) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.RemoteValues.Add((UserId, Key));
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.RemoteValues.Find((UserId, Key))?.Value == Value
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new RemoteValueSet(UserId, Key, Value)));
}

public sealed record RemoveRemoteValue(long UserId, string Key) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.RemoteValues.Add((UserId, Key));
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.RemoteValues.Find((UserId, Key))?.Value is null
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new RemoteValueRemoved(UserId, Key)));
}

/// <summary>The key of a type of entities: set once. The same again changes nothing, or is refused too (api/05).</summary>
public sealed record SetEntityKey(long UserId, string Type, string EncryptedKey, string Header, bool OnlyOnce = false) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.EntityKeys.Add((UserId, Type));
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.EntityKeys.Find((UserId, Type)) is { } key
            ? !OnlyOnce && key.EncryptedKey == EncryptedKey && key.Header == Header ? Done.Nothing : Refusal.Conflict
            : Done.After(new Fact(Grain.Stream, new EntityKeySet(UserId, Type, EncryptedKey, Header)));
}
