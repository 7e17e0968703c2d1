using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Domain.Families;

/// <summary>The admin ends a membership; true when it was not ended before (api/06 §1.2).</summary>
public sealed record RemoveFamilyMember(long UserId, long AdminId, long MemberId) : ICommand<bool>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.UnionWith([AdminId, MemberId]);
        needs.FamilyMembers.Add((AdminId, MemberId));
        Parting.Needs(needs, MemberId);
    }

    public Decision<bool> Decide(Snapshot state)
    {
        if (Family.Find(state, AdminId, MemberId) is not { } place) return Refusal.NotFound;
        if (UserId != AdminId) return Refusal.Forbidden;
        return place.Status switch
        {
            FamilyStatus.Removed => Decision<bool>.Unchanged(false),
            FamilyStatus.Accepted => Decision<bool>.Accept(Parting.Removed(state, place), _ => true),
            _ => Refusal.BadRequest,
        };
    }
}

/// <summary>A member goes; true when there was a family to leave. The admin stays (api/06 §1.2).</summary>
public sealed record LeaveFamily(long UserId, long AdminId) : ICommand<bool>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.UnionWith([AdminId, UserId]);
        needs.FamilyMembers.Add((AdminId, UserId));
        Parting.Needs(needs, UserId);
    }

    public Decision<bool> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId)?.FamilyAdminId != AdminId) return Decision<bool>.Unchanged(false);
        return UserId == AdminId
            ? Refusal.Forbidden
            : Decision<bool>.Accept(Parting.Left(state, state.FamilyMembers.Get((AdminId, UserId))), _ => true);
    }
}

/// <summary>An operator ends a family: all are out, and all its places are forgotten (api/06 §1.1, §9.2).</summary>
public sealed record CloseFamily(long ActorId, long AdminId) : ICommand<FamilyEnd>
{
    public GrainKey Grain => GrainKey.User(AdminId);

    public long Actor => ActorId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(AdminId);
        needs.Families.Add(AdminId);
    }

    public Decision<FamilyEnd> Decide(Snapshot state)
    {
        if (state.Accounts.Find(AdminId) is not { } admin) return Refusal.NotFound;
        if (admin.FamilyAdminId != AdminId) return Refusal.Bad("the user is not the admin of a family");
        var (facts, end) = Parting.EndOf(state, AdminId);
        return Decision<FamilyEnd>.Accept([.. facts, new Fact(Grain.Stream, new FamilyClosed(AdminId))], _ => end);
    }
}

/// <summary>Who must be told of an end: the admin whose family was left, and the members that an admin's end removed.</summary>
public sealed record FamilyEnd(long? LeftAdminId, IReadOnlyList<long> RemovedMembers);

internal static class Parting
{
    public static void Needs(Needs needs, long memberId) => needs.RemoteValues.Add((memberId, RemoteValue.CustomDomain));

    public static IReadOnlyList<Fact> Removed(Snapshot state, FamilyMember place) =>
        [new Fact(StreamId.User(place.AdminId), new FamilyMemberRemoved(place.AdminId, place.MemberId)), .. Parted(state, place)];

    public static IReadOnlyList<Fact> Left(Snapshot state, FamilyMember place) =>
        [new Fact(StreamId.User(place.AdminId), new FamilyMemberLeft(place.AdminId, place.MemberId)), .. Parted(state, place)];

    /// <summary>
    /// What the end of a user's part in families comes to: of the family left, of the own family's members, and of invitations in
    /// both directions. The admin's own place stays, so that an account that is restored has its family's frame again.
    /// </summary>
    public static (IReadOnlyList<Fact> Facts, FamilyEnd End) EndOf(Snapshot state, long userId)
    {
        var facts = new List<Fact>();
        var removed = new List<long>();
        long? left = null;
        foreach (var place in Family.PlacesOfAndIn(state, userId))
        {
            if (place.AdminId == place.MemberId) continue;
            var isAdmin = place.AdminId == userId;
            switch (place.Status)
            {
                case FamilyStatus.Accepted when isAdmin:
                    facts.AddRange(Removed(state, place));
                    removed.Add(place.MemberId);
                    break;
                case FamilyStatus.Accepted:
                    facts.AddRange(Left(state, place));
                    left = place.AdminId;
                    break;
                case FamilyStatus.Invited:
                    facts.Add(new Fact(
                        StreamId.User(place.AdminId),
                        isAdmin
                            ? new FamilyInvitationRevoked(place.AdminId, place.MemberId)
                            : new FamilyInvitationDeclined(place.AdminId, place.MemberId)));
                    break;
            }
        }

        return (facts, new FamilyEnd(left, removed));
    }

    // A domain that a member shares with the admin is a value that begins with '_' (api/05 §6); it ends with the membership.
    private static IEnumerable<Fact> Parted(Snapshot state, FamilyMember place)
    {
        var stream = StreamId.User(place.MemberId);
        yield return new Fact(stream, new FamilyParted(place.MemberId, place.AdminId));
        if (state.RemoteValues.Find((place.MemberId, RemoteValue.CustomDomain)) is { Value: ['_', ..] })
            yield return new Fact(stream, new RemoteValueRemoved(place.MemberId, RemoteValue.CustomDomain));
    }
}
