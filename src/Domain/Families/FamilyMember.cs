namespace Ente.Orleans.Domain.Families;

/// <summary>One user's place in one admin's family (api/06 §1.1); the admin has one, too.</summary>
public sealed record FamilyMember
{
    public long AdminId { get; init; }
    public long MemberId { get; init; }

    /// <summary>Lower-case UUID by which clients name the place.</summary>
    public string Id { get; init; } = "";
    public string Status { get; init; } = FamilyStatus.Invited;

    /// <summary>SHA-256 of the latest invitation's token, base64: it tells a void invitation from an unknown one.</summary>
    public string? TokenHash { get; init; }

    /// <summary>That token, sealed with the admin's key, while the invitation is open.</summary>
    public string? SealedToken { get; init; }

    /// <summary>Bytes; null: no limit of its own.</summary>
    public long? StorageLimit { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    /// <summary>Takes one of the family's places.</summary>
    public bool HasPlace => Status is FamilyStatus.Self or FamilyStatus.Accepted or FamilyStatus.Invited;

    /// <summary>The place after an invitation; one taken up again keeps its beginning.</summary>
    internal static FamilyMember After(FamilyMemberInvited e, FamilyMember? before, long t) => new()
    {
        AdminId = e.AdminId,
        MemberId = e.MemberId,
        Id = e.MembershipId,
        Status = FamilyStatus.Invited,
        TokenHash = e.TokenHash,
        SealedToken = e.SealedToken,
        StorageLimit = e.StorageLimit,
        CreatedAt = before is not null && before.Id == e.MembershipId ? before.CreatedAt : t,
        UpdatedAt = t,
    };
}

/// <summary>States of a place (api/06 §1.1). <see cref="Closed"/> is never shown: the place is as if it had never been.</summary>
public static class FamilyStatus
{
    public const string Self = "SELF";
    public const string Invited = "INVITED";
    public const string Accepted = "ACCEPTED";
    public const string Revoked = "REVOKED";
    public const string Declined = "DECLINED";
    public const string Removed = "REMOVED";
    public const string Left = "LEFT";
    public const string Closed = "CLOSED";
}

internal static class Family
{
    /// <summary>The admin, members and open invitations together.</summary>
    public const int Places = 6;

    public static readonly Refusal Full = new(Reason.PreconditionFailed);
    public static readonly Refusal IsElsewhere = new(Reason.NotAcceptable);

    public static IEnumerable<FamilyMember> Of(Snapshot state, long adminId) =>
        state.PlacesIn[adminId].OrderBy(m => m.MemberId);

    /// <summary>The user's places in others' families, and everybody's in the user's own.</summary>
    public static IReadOnlyList<FamilyMember> PlacesOfAndIn(Snapshot state, long userId) =>
        [.. state.PlacesOf[userId].Union(state.PlacesIn[userId]).OrderBy(m => m.AdminId).ThenBy(m => m.MemberId)];

    /// <summary>A place by its key, unless its family was closed.</summary>
    public static FamilyMember? Find(Snapshot state, long adminId, long memberId) =>
        state.FamilyMembers.Find((adminId, memberId)) is { Status: not FamilyStatus.Closed } place ? place : null;

    /// <summary>An invitation that crossed with the end of the invited account takes no place.</summary>
    public static int Taken(Snapshot state, long adminId) =>
        Of(state, adminId).Count(m => m.HasPlace && state.Accounts.Find(m.MemberId) is { IsDeleted: false });
}
