namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// A WebAuthn credential of a user, as a second factor (api/01 §G). Binary fields are URL-safe base64 without padding.
/// </summary>
public sealed record Passkey
{
    public const int MaxPerUser = 10;

    /// <summary>UUID that clients know it by; says nothing of the credential.</summary>
    public string Id { get; init; } = "";
    public long UserId { get; init; }

    /// <summary>What its owner calls it, sealed with the owner's key.</summary>
    public string SealedName { get; init; } = "";

    /// <summary>Chosen by the authenticator; one name space over all users.</summary>
    public string CredentialId { get; init; } = "";

    /// <summary>The public key in COSE form (RFC 9052 §7).</summary>
    public string PublicKey { get; init; } = "";

    /// <summary>How a browser may reach the authenticator, in the words of the browser that registered it.</summary>
    public IReadOnlyList<string> Transports { get; init; } = [];

    /// <summary>The relying party it was made for. It answers to no other.</summary>
    public string RpId { get; init; } = "";

    /// <summary>The authenticator's counter when it was last used, 0 for those that do not count.</summary>
    public long SignCount { get; init; }
    public long CreatedAt { get; init; }
    public bool IsDeleted { get; init; }
}

/// <summary>What was proven at registration. Binary fields as in <see cref="Passkey"/>.</summary>
public sealed record PasskeyCredential(
    string CredentialId, string PublicKey, IReadOnlyList<string> Transports, string RpId, long SignCount);

/// <summary>A tenth passkey is the last, and a credential belongs to one account only.</summary>
public sealed record RegisterPasskey(long UserId, string PasskeyId, string SealedName, PasskeyCredential Credential) : ICommand<Done>
{
    public static readonly Refusal TooMany = new(Reason.Conflict, "MAX_PASSKEYS_REACHED", "Maximum number of passkeys reached");

    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.PasskeysOf.Add(UserId);
        needs.PasskeysByCredential.Add(Credential.CredentialId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { IsDeleted: false }) return Refusal.Gone;
        if (state.PasskeysOf[UserId].Count >= Passkey.MaxPerUser) return TooMany;
        return state.PasskeysByCredential[new Name(Credential.CredentialId)].Count > 0
            ? new Refusal(Reason.Conflict, "ALREADY_EXISTS", "This passkey is registered already")
            : Done.After(new Fact(Grain.Stream, new PasskeyRegistered(
                UserId, PasskeyId, SealedName, Credential.CredentialId, Credential.PublicKey, Credential.Transports, Credential.RpId,
                Credential.SignCount)));
    }
}

/// <summary>Unknown passkeys and those of others are passed over (api/01 §G).</summary>
public sealed record RenamePasskey(long UserId, string PasskeyId, string SealedName) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Passkeys.Add(PasskeyId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { IsDeleted: false }) return Refusal.Gone;
        return state.PasskeyOf(UserId, PasskeyId) is null
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new PasskeyRenamed(UserId, PasskeyId, SealedName)));
    }
}

/// <summary>Unknown passkeys and those of others are passed over (api/01 §G).</summary>
public sealed record RemovePasskey(long UserId, string PasskeyId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Passkeys.Add(PasskeyId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { IsDeleted: false }) return Refusal.Gone;
        return state.PasskeyOf(UserId, PasskeyId) is null
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new PasskeysRemoved(UserId, [PasskeyId])));
    }
}

/// <summary>Takes all passkeys off an account, at an administrator's wish (api/06 §9.2).</summary>
public sealed record RemoveAllPasskeys(long ActorId, long UserId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.PasskeysOf.Add(UserId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is null) return Refusal.NotFound;
        var ids = state.PasskeysOf[UserId].Select(p => p.Id).Order(StringComparer.Ordinal).ToList();
        return ids.Count == 0 ? Done.Nothing : Done.After(new Fact(Grain.Stream, new PasskeysRemoved(UserId, ids)));
    }
}

/// <summary>
/// Records that a passkey proved itself; refused when it was removed while it did. The counter is kept
/// and compared, but one that falls refuses nothing: passkeys that live on several devices do not
/// count, or count apart, and clients rely on that (api/01 §G).
/// </summary>
/// <param name="UserId">The owner.</param>
/// <param name="PasskeyId">The passkey.</param>
/// <param name="SignCount">The counter it has shown.</param>
public sealed record UsePasskey(long UserId, string PasskeyId, long SignCount) : ICommand<PasskeyUse>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Passkeys.Add(PasskeyId);
    }

    public Decision<PasskeyUse> Decide(Snapshot state)
    {
        if (state.PasskeyOf(UserId, PasskeyId) is not { } passkey) return new Refusal(Reason.Unauthenticated);
        var counts = passkey.SignCount != 0 || SignCount != 0;
        var use = new PasskeyUse(CounterFell: counts && SignCount <= passkey.SignCount);
        return Decision<PasskeyUse>.Accept([new Fact(Grain.Stream, new PasskeyUsed(UserId, PasskeyId, SignCount))], _ => use);
    }
}

/// <summary>A counter that did not rise can mean a copied authenticator (WebAuthn Level 2 §6.1.1).</summary>
public sealed record PasskeyUse(bool CounterFell);
