namespace Ente.Orleans.Domain.Accounts;

/// <summary>The account of an address, made if there is none (api/01 §C).</summary>
public sealed record RegisterUser(
    long NewId, string EmailHash, string SealedEmail, string? Source, long PlanStorage, long PlanExpiry) : ICommand<long>
{
    public GrainKey Grain => GrainKey.User(NewId);

    public long Actor => NewId;

    public void Needs(Needs needs) => needs.AccountsByEmail.Add(EmailHash);

    public Decision<long> Decide(Snapshot state) =>
        state.AccountsByEmail[new Name(EmailHash)] is [var existing, ..]
            ? Decision<long>.Unchanged(existing.Id)
            : Decision<long>.Accept(
                [new Fact(Grain.Stream, new UserRegistered(NewId, EmailHash, SealedEmail, Source, PlanStorage, PlanExpiry))],
                _ => NewId);
}

/// <summary>Key material at the end of a sign-up: set once (api/01 §E).</summary>
public sealed record SetKeyAttributes(long UserId, KeyAttributes KeyAttributes) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { } account) return Refusal.NotFound;
        if (KeyAttributes.CheckStrength(KeyAttributes.MemLimit, KeyAttributes.OpsLimit) is { } weak) return weak;
        return account.KeyAttributes is not null
            ? Refusal.Forbidden
            : Done.After(new Fact(Grain.Stream, new KeyAttributesSet(UserId, KeyAttributes)));
    }
}

/// <summary>A recovery key for an account that has none (api/01 §E). The same again changes nothing.</summary>
public sealed record SetRecoveryKey(
    long UserId, string MasterKeyEncryptedWithRecoveryKey, string MasterKeyDecryptionNonce,
    string RecoveryKeyEncryptedWithMasterKey, string RecoveryKeyDecryptionNonce) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId)?.KeyAttributes is not { } keys) return Refusal.NotFound;
        if (keys.RecoveryKeyEncryptedWithMasterKey.Length > 0) return Refusal.Bad("recovery key is already set");
        return Done.After(new Fact(Grain.Stream, new RecoveryKeySet(
            UserId, MasterKeyEncryptedWithRecoveryKey, MasterKeyDecryptionNonce, RecoveryKeyEncryptedWithMasterKey,
            RecoveryKeyDecryptionNonce)));
    }
}

/// <summary>
/// Sets the password for the first time, or with <paramref name="Keys"/> changes it, which may end
/// the user's other sessions (api/01 §D3).
/// </summary>
public sealed record SetPassword(
    long UserId, string SrpUserId, string SrpSalt, string SealedSrpVerifier, PasswordKeysChanged? Keys, string? KeepOnlySession)
    : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        if (KeepOnlySession is not null) needs.SessionsOf.Add(UserId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { } account) return Refusal.NotFound;
        if (Keys is null && account.HasSrp) return Refusal.Bad("SRP setup already complete");
        var facts = new List<Fact> { new(Grain.Stream, new PasswordSet(UserId, SrpUserId, SrpSalt, SealedSrpVerifier)) };
        if (Keys is not null)
        {
            if (account.KeyAttributes is null) return Refusal.NotFound;
            if (KeyAttributes.CheckStrength(Keys.MemLimit, Keys.OpsLimit) is { } weak) return weak;
            facts.Add(new Fact(Grain.Stream, Keys));
        }

        if (KeepOnlySession is not null) facts.AddRange(Ending.Sessions(state, UserId, x => x.TokenHash != KeepOnlySession));
        return Done.After(facts);
    }
}

/// <summary>Drops a password that was set up before any key attributes: such a sign-up can only start again.</summary>
public sealed record DiscardPassword(long UserId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => 0;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state) =>
        state.Accounts.Find(UserId) is { HasSrp: true, KeyAttributes: null }
            ? Done.After(new Fact(Grain.Stream, new PasswordDiscarded(UserId)))
            : Done.Nothing;
}
