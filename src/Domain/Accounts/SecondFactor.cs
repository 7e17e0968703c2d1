namespace Ente.Orleans.Domain.Accounts;

/// <summary>Another address. <paramref name="By"/>: the administrator, where it is not the user.</summary>
public sealed record ChangeEmail(long UserId, string EmailHash, string SealedEmail, long? By = null) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => By ?? UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.AccountsByEmail.Add(EmailHash);
        needs.ContactsShowing.Add(UserId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { } account) return Refusal.NotFound;
        if (account.IsDeleted) return Refusal.Gone;
        return state.AccountsByEmail[new Name(EmailHash)].Count > 0
            ? Refusal.Forbidden
            : Done.After([
                new Fact(Grain.Stream, new EmailChanged(UserId, EmailHash, SealedEmail)),
                .. Contacts.AddressChanged(state, UserId),
            ]);
    }
}

/// <summary>Whether every login needs a mailed code. Without a password it can not be turned off (api/01 §C).</summary>
public sealed record SetEmailMfa(long UserId, bool IsEnabled, long? By = null) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => By ?? UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { } account) return Refusal.NotFound;
        if (!IsEnabled && !account.HasSrp) return new Refusal(Reason.Conflict, "CONFLICT", "SRP setup incomplete");
        return account.IsEmailMfaEnabled == IsEnabled
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new EmailMfaChanged(UserId, IsEnabled)));
    }
}

public sealed record EnableTotp(long UserId, string SealedSecret, string SecretHash, string RecoverySecret, string RecoveryNonce)
    : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state) =>
        Done.After(new Fact(Grain.Stream, new TotpEnabled(UserId, SealedSecret, SecretHash, RecoverySecret, RecoveryNonce)));
}

public sealed record DisableTotp(long UserId, long? By = null) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => By ?? UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state) =>
        state.Accounts.Find(UserId) is { IsTotpEnabled: true }
            ? Done.After(new Fact(Grain.Stream, new TotpDisabled(UserId)))
            : Done.Nothing;
}

/// <summary>Recovery for passkeys: kept only if none is kept yet (api/01 §F).</summary>
public sealed record ConfigurePasskeyRecovery(long UserId, string SealedSecret, string Cipher, string Nonce) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<Done> Decide(Snapshot state) =>
        state.Accounts.Find(UserId) is { SealedPasskeyRecoverySecret: null }
            ? Done.After(new Fact(Grain.Stream, new PasskeyRecoveryConfigured(UserId, SealedSecret, Cipher, Nonce)))
            : Done.Nothing;
}
