namespace Ente.Orleans.Domain.Families;

// Everything about the places of a family is in the stream of its admin, so that two changes of one family never pass each other: six
// places stay six. Which family a user is in is in that user's own stream, so that nobody is ever in two. What changes both appends
// to both, each with the version it expects.

/// <summary>The admin's own place; the admin is in the family from now on.</summary>
public sealed record FamilyCreated(long AdminId, string MembershipId);

/// <summary>A new invitation. The token is sealed so that the same invitation can be mailed again. Limit in bytes, null: none.</summary>
public sealed record FamilyMemberInvited(
    long AdminId, long MemberId, string MembershipId, string TokenHash, string SealedToken, long? StorageLimit);

public sealed record FamilyInvitationAccepted(long AdminId, long MemberId);

public sealed record FamilyInvitationRevoked(long AdminId, long MemberId);

/// <summary>The account of whom was invited has ended.</summary>
public sealed record FamilyInvitationDeclined(long AdminId, long MemberId);

public sealed record FamilyMemberRemoved(long AdminId, long MemberId);

public sealed record FamilyMemberLeft(long AdminId, long MemberId);

/// <summary>Bytes that a member may store at most; null: as much as the family may.</summary>
public sealed record FamilyStorageLimitChanged(long AdminId, long MemberId, long? StorageLimit);

/// <summary>An operator ended the family: none of its places and invitations is known any more.</summary>
public sealed record FamilyClosed(long AdminId);

/// <summary>In the member's stream: from now on the admin pays.</summary>
public sealed record FamilyJoined(long UserId, long AdminId);

/// <summary>In the member's stream: from now on the user pays again, whoever ended it.</summary>
public sealed record FamilyParted(long UserId, long AdminId);
