namespace Ente.Orleans.Domain.Families;

/// <summary>Rows of families, from the events of user streams.</summary>
internal static class FamilyProjection
{
    public static void Apply(Snapshot s, object @event, long t)
    {
        switch (@event)
        {
            case FamilyCreated e:
                s.FamilyMembers.Put(new FamilyMember
                {
                    AdminId = e.AdminId,
                    MemberId = e.AdminId,
                    Id = e.MembershipId,
                    Status = FamilyStatus.Self,
                    CreatedAt = t,
                    UpdatedAt = t,
                });
                s.Accounts.Change(e.AdminId, a => a with { FamilyAdminId = e.AdminId });
                break;
            case FamilyMemberInvited e:
                // An anchor of the member's places: see OpenScope.Families.
                s.Sight.RelyOn(StreamId.User(e.MemberId));
                s.FamilyMembers.Put(FamilyMember.After(e, s.FamilyMembers.Find((e.AdminId, e.MemberId)), t));
                break;
            case FamilyInvitationAccepted e:
                Change(s, e.AdminId, e.MemberId, FamilyStatus.Accepted, t);
                break;
            case FamilyInvitationRevoked e:
                Change(s, e.AdminId, e.MemberId, FamilyStatus.Revoked, t);
                break;
            case FamilyInvitationDeclined e:
                Change(s, e.AdminId, e.MemberId, FamilyStatus.Declined, t);
                break;
            case FamilyMemberRemoved e:
                Change(s, e.AdminId, e.MemberId, FamilyStatus.Removed, t);
                break;
            case FamilyMemberLeft e:
                Change(s, e.AdminId, e.MemberId, FamilyStatus.Left, t);
                break;
            case FamilyStorageLimitChanged e:
                s.FamilyMembers.Change((e.AdminId, e.MemberId), m => m with { StorageLimit = e.StorageLimit, UpdatedAt = t });
                break;
            case FamilyClosed e:
                foreach (var place in s.PlacesIn[e.AdminId])
                {
                    s.FamilyMembers.Put(place with
                    {
                        Status = FamilyStatus.Closed,
                        TokenHash = null,
                        SealedToken = null,
                        UpdatedAt = t,
                    });
                }

                s.Accounts.Change(e.AdminId, a => a with { FamilyAdminId = null });
                break;
            case FamilyJoined e:
                s.Accounts.Change(e.UserId, a => a with { FamilyAdminId = e.AdminId });
                break;
            case FamilyParted e:
                s.Accounts.Change(e.UserId, a => a with { FamilyAdminId = null });
                break;
            default:
                throw new InvalidOperationException($"no user event: {@event.GetType().Name}");
        }
    }

    public static void Needs(object @event, Needs n)
    {
        switch (@event)
        {
            case FamilyMemberInvited e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyInvitationAccepted e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyInvitationRevoked e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyInvitationDeclined e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyMemberRemoved e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyMemberLeft e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyStorageLimitChanged e:
                n.FamilyMembers.Add((e.AdminId, e.MemberId));
                break;
            case FamilyClosed e:
                n.Families.Add(e.AdminId);
                break;
        }
    }

    private static void Change(Snapshot s, long adminId, long memberId, string status, long t) =>
        s.FamilyMembers.Change((adminId, memberId), m => m with { Status = status, SealedToken = null, UpdatedAt = t });
}
