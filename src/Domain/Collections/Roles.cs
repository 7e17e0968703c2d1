namespace Ente.Orleans.Domain.Collections;

/// <summary>
/// Who may do what with a collection: the one table of api/02 §3. A role is what
/// <see cref="Of"/> gives; everybody else has none, and none may do nothing.
/// </summary>
public static class Roles
{
    public const string Owner = "OWNER";
    public const string Admin = "ADMIN";
    public const string Collaborator = "COLLABORATOR";
    public const string Viewer = "VIEWER";

    /// <summary>The caller's role, null for strangers and ended shares.</summary>
    public static string? Of(Collection collection, Share? share, long userId)
    {
        ArgumentNullException.ThrowIfNull(collection);
        if (collection.OwnerId == userId) return Owner;
        return share is { IsDeleted: false } && share.ToUserId == userId ? share.Role : null;
    }

    public static bool CanBeGiven(string? role) => role is Viewer or Collaborator or Admin;

    public static bool IsKnown(string? role) => CanBeGiven(role) || role is Owner;

    /// <summary>Order of roles for a link's <c>minRole</c>; unknown values count as the lowest.</summary>
    public static int Rank(string? role) => role switch { Owner => 4, Admin => 3, Collaborator => 2, _ => 1 };

    public static bool SeesLink(string role, PublicLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return role == Owner || link.MinRole is null || Rank(role) >= Rank(link.MinRole);
    }

    public static bool MayAddFiles(string role) => role is Owner or Admin or Collaborator;

    public static bool MayManageSharees(string? role) => role is Owner or Admin;

    public static bool MayRemoveOthersFiles(string role) => role is Owner or Admin;

    public static bool MayDeleteOthersComments(string role) => role is Owner or Admin;

    public static bool MaySuggestDelete(string role) => role is Owner or Admin;
}
