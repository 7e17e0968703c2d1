using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// Ends an account: sessions, shares in both directions, links and its part in families go at once,
/// the identity is forgotten, the data follow later (api/01 §I, api/02 §14, api/06 §1.1).
/// </summary>
public sealed record DeleteUser(long ActorId, long UserId, string? Reason, string? Feedback, long DataDueAt) : ICommand<FamilyEnd>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.SessionsOf.Add(UserId);
        needs.SharingOf.Add(UserId);
        needs.Families.Add(UserId);
    }

    public Decision<FamilyEnd> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { IsDeleted: false }) return Refusal.NotFound;
        var facts = state.LiveSharesWith[UserId].Union(state.LiveSharesFrom[UserId])
            .OrderBy(s => s.CollectionId)
            .ThenBy(s => s.ToUserId)
            .SelectMany(s => Unsharing.Of(state, s.CollectionId, s.ToUserId))
            .ToList();
        facts.AddRange(state.CollectionsOf[UserId]
            .OrderBy(c => c.Id)
            .SelectMany(c => state.LinksOf[c.Id])
            .Select(l => new Fact(StreamId.Collection(l.CollectionId), new LinkDisabled(l.CollectionId, l.Id))));
        var (parting, end) = Parting.EndOf(state, UserId);
        facts.AddRange(parting);
        facts.AddRange(Ending.Sessions(state, UserId, _ => true));
        facts.Add(new Fact(Grain.Stream, new UserDeleted(UserId, Reason, Feedback, DataDueAt)));
        return Decision<FamilyEnd>.Accept(facts, _ => end);
    }
}

/// <summary>Takes a deletion back, while the address is free and the data are still there (api/01 §I).</summary>
public sealed record RecoverUser(long UserId, string EmailHash, string SealedEmail, long? By = null) : ICommand<bool>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => By ?? UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.AccountsByEmail.Add(EmailHash);
    }

    public Decision<bool> Decide(Snapshot state)
    {
        var account = state.Accounts.Find(UserId);
        if (account is { IsDeleted: false } && account.EmailHash == EmailHash) return Decision<bool>.Unchanged(true);
        return account is { IsDeleted: true, KeyAttributes: not null } && state.AccountsByEmail[new Name(EmailHash)].Count == 0
            ? Decision<bool>.Accept([new Fact(Grain.Stream, new UserRecovered(UserId, EmailHash, SealedEmail))], _ => true)
            : Decision<bool>.Unchanged(false);
    }
}
