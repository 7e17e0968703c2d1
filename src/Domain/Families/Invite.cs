using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Domain.Families;

/// <summary>A family of which the user is admin and only member; once more it changes nothing (api/06 §1.2).</summary>
public sealed record CreateFamily(long UserId, string MembershipId, long Now) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Families.Add(UserId);
        needs.Allowances.Add((UserId, Apps.Photos));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId) is not { IsDeleted: false } account) return Refusal.Gone;
        if (Billing.Check(state, UserId, Now) is { } unpaid) return unpaid;
        if (account.FamilyAdminId == UserId) return Done.Nothing;
        return account.FamilyAdminId is not null
            ? Refusal.BadRequest
            : Done.After(new Fact(Grain.Stream, new FamilyCreated(UserId, MembershipId)));
    }
}

/// <summary>
/// Invites a user; <paramref name="MemberId"/> null: nobody has the address. Who is invited already keeps the place and the token,
/// so that the reply's token is the one to mail. A place taken up again keeps its limit (api/06 §1.1, §1.2).
/// </summary>
public sealed record InviteToFamily(
    long AdminId, long? MemberId, string NewMembershipId, string TokenHash, string SealedToken, long? StorageLimit, long Now)
    : ICommand<FamilyMember>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => AdminId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(AdminId);
        needs.Families.Add(AdminId);
        needs.Allowances.Add((AdminId, Apps.Photos));
        if (MemberId is { } member) needs.Accounts.Add(member);
    }

    public Decision<FamilyMember> Decide(Snapshot state)
    {
        if (state.Accounts.Find(AdminId) is not { IsDeleted: false } admin) return Refusal.Gone;
        if (Billing.Check(state, AdminId, Now) is { } unpaid) return unpaid;
        if (admin.FamilyAdminId != AdminId) return Refusal.BadRequest;
        var member = MemberId is { } id && state.Accounts.Find(id) is { IsDeleted: false } account ? account : null;
        var before = member is null ? null : state.FamilyMembers.Find((AdminId, member.Id));
        var place = before is { Status: not FamilyStatus.Closed } ? before : null;
        if (place is { Status: FamilyStatus.Invited }) return Decision<FamilyMember>.Unchanged(place);
        if (Family.Taken(state, AdminId) >= Family.Places) return Family.Full;
        if (member is null) return Refusal.NotFound;
        if (member.FamilyAdminId is not null) return Family.IsElsewhere;
        if (HasPlan(member)) return Refusal.Conflict;
        var invited = new FamilyMemberInvited(
            AdminId, member.Id, place?.Id ?? NewMembershipId, TokenHash, SealedToken, place is null ? StorageLimit : place.StorageLimit);
        return Decision<FamilyMember>.Accept(
            [new Fact(Grain.Stream, invited)], t => FamilyMember.After(invited, before, t));
    }

    // Somebody who pays would pay for nothing in a family.
    private bool HasPlan(Account member) =>
        member.PlanProduct != FreePlan.Product && !member.IsPlanCancelled && member.PlanExpiry >= Now - Grace.Of(member.PlanProvider);
}

/// <summary>
/// Whoever has the token accepts; true when the place was not taken up before. Nobody gets into a second family (api/06 §1.2).
/// </summary>
public sealed record AcceptFamilyInvitation(long AdminId, long MemberId, string TokenHash) : ICommand<bool>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => MemberId;

    public void Needs(Needs needs)
    {
        needs.Accounts.UnionWith([AdminId, MemberId]);
        needs.FamilyMembers.Add((AdminId, MemberId));
    }

    public Decision<bool> Decide(Snapshot state)
    {
        if (Family.Find(state, AdminId, MemberId) is not { } place || place.TokenHash != TokenHash) return Refusal.NotFound;
        if (state.Accounts.Find(AdminId) is not { IsDeleted: false }) return Refusal.Gone;
        if (place.Status == FamilyStatus.Accepted) return Decision<bool>.Unchanged(false);
        if (place.Status != FamilyStatus.Invited) return Refusal.Unauthenticated;
        if (state.Accounts.Find(MemberId) is not { IsDeleted: false } member) return Refusal.Unauthenticated;
        if (member.FamilyAdminId is not null) return Family.IsElsewhere;
        return Decision<bool>.Accept(
            [
                new Fact(Grain.Stream, new FamilyInvitationAccepted(AdminId, MemberId)),
                new Fact(StreamId.User(MemberId), new FamilyJoined(MemberId, AdminId)),
            ],
            _ => true);
    }
}

/// <summary>Takes an invitation back; once more it changes nothing.</summary>
public sealed record RevokeFamilyInvitation(long UserId, long AdminId, long MemberId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(AdminId);
        needs.FamilyMembers.Add((AdminId, MemberId));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Family.Find(state, AdminId, MemberId) is not { } place) return Refusal.NotFound;
        if (UserId != AdminId) return Refusal.Forbidden;
        return place.Status switch
        {
            FamilyStatus.Revoked => Done.Nothing,
            FamilyStatus.Invited => Done.After(new Fact(Grain.Stream, new FamilyInvitationRevoked(AdminId, MemberId))),
            _ => Refusal.BadRequest,
        };
    }
}
