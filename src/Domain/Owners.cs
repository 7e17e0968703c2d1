namespace Ente.Orleans.Domain;

/// <summary>
/// Whoever sees a row relies on the stream that writes it, so the row of that stream's aggregate, which has its version, is loaded too.
/// </summary>
public static class Owners
{
    /// <summary>Adds the owners of everything that the needs name by key.</summary>
    public static void AddTo(Needs n)
    {
        ArgumentNullException.ThrowIfNull(n);
        foreach (var x in n.Shares) n.Collections.Add(x.CollectionId);
        foreach (var x in n.Memberships) n.Collections.Add(x.CollectionId);
        foreach (var x in n.MembershipsOfOwner) n.Collections.Add(x.CollectionId);
        foreach (var x in n.LiveMembershipsOf) n.Collections.Add(x.CollectionId);
        foreach (var x in n.PendingActions) n.Collections.Add(x.CollectionId);
        foreach (var x in n.ReactionsTo) n.Collections.Add(x.CollectionId);
        foreach (var x in n.LiveActivityOf) n.Collections.Add(x.CollectionId);
        n.Collections.UnionWith(n.SharesOf);
        n.Collections.UnionWith(n.LinksOf);
        foreach (var x in n.SuggestionsFor) n.Files.Add(x.FileId);
        foreach (var x in n.FileData) n.Files.Add(x.FileId);
        n.Files.UnionWith(n.Trash);
        n.Files.UnionWith(n.MembershipsOfFiles);
        n.Files.UnionWith(n.ObjectsOfFiles);
        foreach (var x in n.SpecialCollections) n.Accounts.Add(x.OwnerId);
        foreach (var x in n.FamilyMembers) n.Accounts.Add(x.AdminId);
        foreach (var x in n.RemoteValues) n.Accounts.Add(x.UserId);
        foreach (var x in n.EntityKeys) n.Accounts.Add(x.UserId);
        foreach (var x in n.ContactsFor) n.Accounts.Add(x.UserId);
        n.Accounts.UnionWith(n.PasskeysOf);
        n.Accounts.UnionWith(n.SessionsOf);
        n.Accounts.UnionWith(n.BonusesOf);
        n.Accounts.UnionWith(n.Families);
        n.Accounts.UnionWith(n.ContactsShowing);
        n.Accounts.UnionWith(n.SharingOf);
    }
}
