using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Domain.Families;

/// <summary>
/// What a member may store at most, bytes; null lifts the limit. It is neither more than the family has nor less than the member
/// stores already (api/06 §1.2).
/// </summary>
public sealed record ChangeFamilyStorageLimit(long UserId, long AdminId, long MemberId, long? StorageLimit, long Now) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(AdminId);
        needs.FamilyMembers.Add((AdminId, MemberId));
        needs.Allowances.Add((MemberId, Apps.Photos));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Family.Find(state, AdminId, MemberId) is not { } place) return Refusal.NotFound;
        if (UserId != AdminId) return Refusal.Forbidden;
        if (place.Status == FamilyStatus.Self) return Refusal.Bad("the admin has no limit");
        if (place.Status != FamilyStatus.Accepted) return Refusal.BadRequest;
        if (StorageLimit is { } limit)
        {
            // The member's allowance is the family's: the admin pays.
            if (state.AllowanceOf(MemberId, Apps.Photos) is not { } allowance) return Refusal.NotFound;
            if (limit > allowance.PlanStorage + allowance.UsableBonus(Now)) return Refusal.StorageExceeded;
            if (allowance.OwnUsed > limit) return Refusal.Bad("the member stores more than that already");
        }

        return place.StorageLimit == StorageLimit
            ? Done.Nothing
            : Done.After(new Fact(Grain.Stream, new FamilyStorageLimitChanged(AdminId, MemberId, StorageLimit)));
    }
}
