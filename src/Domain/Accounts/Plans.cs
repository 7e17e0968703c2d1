namespace Ente.Orleans.Domain.Accounts;

public sealed record ChangePlan(
    long ActorId, long UserId, long Storage, long Expiry, string Product, string Provider, string Transaction, bool IsCancelled = false)
    : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.AccountsByTransaction.Add(Transaction);
    }

    // A payment is one user's (api/06 §6.1); any number of users have none.
    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is null) return Refusal.NotFound;
        if (Transaction != FreePlan.Transaction && state.AccountsByTransaction[new Name(Transaction)].Any(a => a.Id != UserId))
            return Refusal.Conflict;
        return Done.After(
            new Fact(Grain.Stream, new PlanChanged(UserId, Storage, Expiry, Product, Provider, Transaction, IsCancelled)));
    }
}

/// <summary>Grants a bonus; the same one again replaces it.</summary>
public sealed record GrantBonus(long ActorId, long UserId, string BonusId, string Type, long Storage, long ValidTill) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.BonusesOf.Add(UserId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is null) return Refusal.NotFound;
        return Done.After(new Fact(Grain.Stream, new BonusGranted(UserId, BonusId, Type, Storage, ValidTill)));
    }
}

public sealed record RevokeBonus(long ActorId, long UserId, string BonusId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.BonusesOf.Add(UserId);
    }

    public Decision<Done> Decide(Snapshot state) =>
        state.Bonuses.Find((UserId, BonusId)) is { IsRevoked: false }
            ? Done.After(new Fact(Grain.Stream, new BonusRevoked(UserId, BonusId)))
            : Done.Nothing;
}

/// <summary>The user's referral code, made on first use.</summary>
public sealed record CreateReferralCode(long UserId, string NewCode) : ICommand<string>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Accounts.Add(UserId);

    public Decision<string> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { } account) return Refusal.NotFound;
        return account.ReferralCode is { } code
            ? Decision<string>.Unchanged(code)
            : Decision<string>.Accept([new Fact(Grain.Stream, new ReferralCodeCreated(UserId, NewCode))], _ => NewCode);
    }
}
