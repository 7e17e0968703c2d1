using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain;

// Every kind of row and every way to find it: which stream's events write it, and which needs make it visible. A need that brings
// rows along (the collections of a file's memberships) makes those visible that are there; that a row is *not* there is
// to be seen only by who asked for its key, or for the whole scope it would be in.
public sealed partial class Snapshot
{
    public Snapshot()
    {
        Collections = new(Sight, c => c.Id, (id, _) => StreamId.Collection(id), (s, id, row) =>
            s.Needs.Collections.Contains(id)
            || (row is not null && (s.Relies(StreamId.Collection(id)) || s.Needs.SpecialCollections.Contains((row.OwnerId, row.App, row.Type)))));
        SpecialCollections = Collections.By<(long, string, string)>(
            c => c.IsSpecial ? (c.OwnerId, c.App, c.Type) : null, (s, x) => s.Needs.SpecialCollections.Contains(x), x => StreamId.User(x.Item1));
        CollectionsOf = Collections.By<long>(
            c => c.OwnerId, (s, id) => s.Needs.SharingOf.Contains(id), id => StreamId.User(id), OpenScope.Sharing);

        Shares = new(Sight, x => (x.CollectionId, x.ToUserId), (key, _) => StreamId.Collection(key.CollectionId), (s, key, row) =>
            s.Needs.Shares.Contains(key) || s.Needs.SharesOf.Contains(key.CollectionId) || (row is not null && IsShared(s, row)));
        SharesOf = Shares.By<long>(x => x.CollectionId, (s, id) => s.Needs.SharesOf.Contains(id), id => StreamId.Collection(id));
        LiveSharesWith = Shares.By<long>(
            x => x.IsDeleted ? null : x.ToUserId, (s, id) => s.Needs.SharingOf.Contains(id), id => StreamId.User(id), OpenScope.Sharing);
        LiveSharesFrom = Shares.By<long>(
            x => x.IsDeleted ? null : x.FromUserId, (s, id) => s.Needs.SharingOf.Contains(id), id => StreamId.User(id), OpenScope.Sharing);

        Links = new(Sight, l => l.Id, (_, row) => InCollection(row?.CollectionId), (s, id, row) =>
            s.Needs.Links.Contains(id) || (row is not null && (s.Needs.LinksOf.Contains(row.CollectionId) || s.Needs.SharingOf.Count > 0)));
        LinksOf = Links.By<long>(
            l => l.IsDisabled ? null : l.CollectionId, (s, id) => s.Needs.LinksOf.Contains(id) || s.Needs.SharingOf.Count > 0,
            id => StreamId.Collection(id));

        Memberships = new(Sight, m => (m.CollectionId, m.FileId), (key, _) => StreamId.Collection(key.CollectionId), (s, key, row) =>
            s.Needs.Memberships.Contains(key) || s.Needs.MembershipsOfFiles.Contains(key.FileId) || IsNewOrBrought(s, key.FileId)
            || (row is not null && (s.Needs.MembershipsOfOwner.Contains((key.CollectionId, row.FileOwnerId)) || s.Needs.SharingOf.Count > 0)));
        MembershipsOfFile = Memberships.By<long>(
            m => m.FileId, (s, id) => s.Needs.MembershipsOfFiles.Contains(id) || s.Brought(StreamId.File(id)), id => StreamId.File(id),
            OpenScope.MembershipsOfFile);
        MembershipsOfOwner = Memberships.By<(long, long)>(
            m => (m.CollectionId, m.FileOwnerId), (s, x) => s.Needs.MembershipsOfOwner.Contains(x) || s.Needs.SharingOf.Count > 0,
            x => StreamId.Collection(x.Item1));
        LiveMembershipsOf = Memberships.By<long>(
            m => m.IsDeleted ? null : m.CollectionId, (s, id) => s.Needs.LiveMembershipsOf.Any(x => x.CollectionId == id),
            id => StreamId.Collection(id), brings: m => StreamId.File(m.FileId));

        Actions = new(Sight, a => a.Id, (_, row) => InCollection(row?.CollectionId), (s, id, row) =>
            s.Needs.Actions.Contains(id)
            || (row is not null && (HasActions(s, (row.CollectionId, row.FileId)) || s.Needs.SuggestionsFor.Contains((row.UserId, row.FileId)))));
        PendingRemovals = Actions.By<(long, long)>(
            a => a is { IsPending: true, Action: CollectionAction.Remove } ? (a.CollectionId, a.FileId) : null,
            HasActions, x => StreamId.Collection(x.Item1));
        Suggestions = Actions.By<(long, long)>(
            a => a is { IsPending: true, Action: CollectionAction.DeleteSuggested } ? (a.UserId, a.FileId) : null,
            (s, x) => s.Needs.SuggestionsFor.Contains(x) || s.Needs.MembershipsOfFiles.Contains(x.Item2) || s.Brought(StreamId.File(x.Item2)),
            x => StreamId.File(x.Item2), OpenScope.Suggestions);

        Comments = new(Sight, c => c.Id, (_, row) => InCollection(row?.CollectionId), (s, id, row) =>
            s.Needs.Comments.Contains(id) || (row is not null && IsActive(s, row.CollectionId, row.UserId)));
        LiveCommentsOf = Comments.By<(long, long)>(
            c => c.IsDeleted ? null : (c.CollectionId, c.UserId), (s, x) => IsActive(s, x.Item1, x.Item2), x => StreamId.Collection(x.Item1));

        Reactions = new(Sight, r => r.Id, (_, row) => InCollection(row?.CollectionId), (s, id, row) =>
            s.Needs.Reactions.Contains(id)
            || (row is not null && (IsActive(s, row.CollectionId, row.UserId)
                || s.Needs.ReactionsTo.Contains((row.CollectionId, row.AuthorKey, row.TargetKey))
                || (row.CommentId is { } comment && HasReactions(s, comment)))));
        ReactionsTo = Reactions.By<(long, string, string)>(
            r => (r.CollectionId, r.AuthorKey, r.TargetKey), (s, x) => s.Needs.ReactionsTo.Contains(x), x => StreamId.Collection(x.Item1));
        LiveReactionsOf = Reactions.By<(long, long)>(
            r => r.IsDeleted ? null : (r.CollectionId, r.UserId), (s, x) => IsActive(s, x.Item1, x.Item2), x => StreamId.Collection(x.Item1));
        LiveReactionsOn = Reactions.By<Name>(
            r => r.IsDeleted || r.CommentId is null ? null : new Name(r.CommentId),
            (s, x) => HasReactions(s, x.Text), _ => null);

        AnonymousProfiles = new(Sight, p => p.AnonUserId, (_, row) => InCollection(row?.CollectionId), (_, _, _) => false);

        Files = new(Sight, f => f.Id, (id, _) => StreamId.File(id), (s, id, row) =>
            s.Needs.Files.Contains(id) || s.Brought(StreamId.File(id)) || (row is not null && s.Relies(StreamId.File(id))));
        Trash = new(Sight, t => t.FileId, (id, _) => StreamId.File(id), (s, id, _) =>
            s.Needs.Trash.Contains(id) || s.Brought(StreamId.File(id)));
        Objects = new(Sight, o => o.Key, (key, row) => row is null ? StreamId.Object(key) : StreamId.File(row.FileId), (s, key, row) =>
            s.Needs.Objects.Contains(key) || (row is not null && s.Needs.ObjectsOfFiles.Contains(row.FileId)));
        HeldObjectsOf = Objects.By<long>(
            o => o.IsReleased ? null : o.FileId, (s, id) => s.Needs.ObjectsOfFiles.Contains(id), id => StreamId.File(id));
        FileData = new(Sight, d => (d.FileId, d.Type), (key, _) => StreamId.File(key.FileId), (s, key, _) => s.Needs.FileData.Contains(key));

        Accounts = new(Sight, a => a.Id, (id, _) => StreamId.User(id), (s, id, row) =>
            s.Needs.Accounts.Contains(id)
            || (row is not null && (s.Relies(StreamId.User(id)) || s.Brought(StreamId.User(id)) || s.Needs.ContactsShowing.Count > 0)));
        AccountsByEmail = Accounts.By<Name>(
            a => a.EmailHash is null ? null : new Name(a.EmailHash), (s, x) => s.Needs.AccountsByEmail.Contains(x.Text), _ => null);
        AccountsByTransaction = Accounts.By<Name>(
            a => a.PlanTransaction == FreePlan.Transaction ? null : new Name(a.PlanTransaction),
            (s, x) => s.Needs.AccountsByTransaction.Contains(x.Text), _ => null);

        Passkeys = new(Sight, p => p.Id, (_, row) => OfUser(row?.UserId), (s, id, row) =>
            s.Needs.Passkeys.Contains(id) || (row is not null && s.Needs.PasskeysOf.Contains(row.UserId)));
        PasskeysOf = Passkeys.By<long>(
            p => p.IsDeleted ? null : p.UserId, (s, id) => s.Needs.PasskeysOf.Contains(id), id => StreamId.User(id));
        PasskeysByCredential = Passkeys.By<Name>(
            p => p.IsDeleted ? null : new Name(p.CredentialId), (s, x) => s.Needs.PasskeysByCredential.Contains(x.Text), _ => null);

        Sessions = new(Sight, x => x.TokenHash, (_, row) => OfUser(row?.UserId), (s, hash, row) =>
            s.Needs.Sessions.Contains(hash) || (row is not null && s.Needs.SessionsOf.Contains(row.UserId)));
        LiveSessionsOf = Sessions.By<long>(
            x => x.IsDeleted ? null : x.UserId, (s, id) => s.Needs.SessionsOf.Contains(id), id => StreamId.User(id));

        Bonuses = new(Sight, b => (b.UserId, b.BonusId), (key, _) => StreamId.User(key.UserId), (s, key, _) => s.Needs.BonusesOf.Contains(key.UserId));

        FamilyMembers = new(Sight, m => (m.AdminId, m.MemberId), (key, _) => StreamId.User(key.AdminId), (s, key, _) =>
            s.Needs.FamilyMembers.Contains(key) || s.Needs.Families.Contains(key.AdminId) || s.Needs.Families.Contains(key.MemberId));
        PlacesIn = FamilyMembers.By<long>(
            m => m.AdminId, (s, id) => s.Needs.Families.Contains(id), id => StreamId.User(id), brings: m => StreamId.User(m.MemberId));
        PlacesOf = FamilyMembers.By<long>(
            m => m.MemberId, (s, id) => s.Needs.Families.Contains(id), id => StreamId.User(id), OpenScope.Families, m => StreamId.User(m.AdminId));

        RemoteValues = new(Sight, v => (v.UserId, v.Key), (key, _) => StreamId.User(key.UserId), (s, key, _) =>
            s.Needs.RemoteValues.Contains(key)
            || (key.Key == RemoteValue.CustomDomain && (s.Needs.Families.Contains(key.UserId) || s.Brought(StreamId.User(key.UserId)))));
        EntityKeys = new(Sight, k => (k.UserId, k.Type), (key, _) => StreamId.User(key.UserId), (s, key, _) => s.Needs.EntityKeys.Contains(key));
        Entities = new(Sight, e => e.Id, (_, row) => OfUser(row?.UserId), (s, id, _) => s.Needs.Entities.Contains(id));

        Contacts = new(Sight, c => c.Id, (_, row) => OfUser(row?.UserId), (s, id, row) =>
            s.Needs.Contacts.Contains(id) || (row is not null && s.Needs.ContactsShowing.Contains(row.ContactUserId)));
        ContactsFor = Contacts.By<(long, long)>(
            c => (c.UserId, c.ContactUserId), (s, x) => s.Needs.ContactsFor.Contains(x), x => StreamId.User(x.Item1));
        LiveContactsShowing = Contacts.By<long>(
            c => c.IsDeleted ? null : c.ContactUserId, (s, id) => s.Needs.ContactsShowing.Contains(id), id => StreamId.User(id),
            OpenScope.ContactsShowing);
    }

    public Rows<long, Collection> Collections { get; }

    /// <summary>Favorites or uncategorized, by owner, app and type. There is one of each: a unique index sees to it.</summary>
    public RowIndex<(long OwnerId, string App, string Type), long, Collection> SpecialCollections { get; }
    public RowIndex<long, long, Collection> CollectionsOf { get; }
    public Rows<(long CollectionId, long UserId), Share> Shares { get; }
    public RowIndex<long, (long CollectionId, long UserId), Share> SharesOf { get; }
    public RowIndex<long, (long CollectionId, long UserId), Share> LiveSharesWith { get; }
    public RowIndex<long, (long CollectionId, long UserId), Share> LiveSharesFrom { get; }
    public Rows<long, PublicLink> Links { get; }

    /// <summary>The link of a collection that is not disabled: at most one.</summary>
    public RowIndex<long, long, PublicLink> LinksOf { get; }
    public Rows<(long CollectionId, long FileId), Membership> Memberships { get; }
    public RowIndex<long, (long CollectionId, long FileId), Membership> MembershipsOfFile { get; }

    /// <summary>By collection and the files' owner.</summary>
    public RowIndex<(long CollectionId, long FileOwnerId), (long CollectionId, long FileId), Membership> MembershipsOfOwner { get; }

    /// <summary>Some live memberships of a collection, as many as asked for, with everything that trashing their files needs.</summary>
    public RowIndex<long, (long CollectionId, long FileId), Membership> LiveMembershipsOf { get; }
    public Rows<string, CollectionAction> Actions { get; }

    /// <summary>Removals that an owner was asked to confirm, by collection and file.</summary>
    public RowIndex<(long CollectionId, long FileId), string, CollectionAction> PendingRemovals { get; }

    /// <summary>Pending suggestions to delete, by the file's owner and the file.</summary>
    public RowIndex<(long UserId, long FileId), string, CollectionAction> Suggestions { get; }
    public Rows<string, Comment> Comments { get; }
    public RowIndex<(long CollectionId, long UserId), string, Comment> LiveCommentsOf { get; }
    public Rows<string, Reaction> Reactions { get; }
    public RowIndex<(long CollectionId, string AuthorKey, string TargetKey), string, Reaction> ReactionsTo { get; }
    public RowIndex<(long CollectionId, long UserId), string, Reaction> LiveReactionsOf { get; }
    public RowIndex<Name, string, Reaction> LiveReactionsOn { get; }
    public Rows<string, AnonymousProfile> AnonymousProfiles { get; }
    public Rows<long, FileState> Files { get; }
    public Rows<long, TrashEntry> Trash { get; }
    public Rows<string, StoredObject> Objects { get; }

    /// <summary>The objects of a file that are not released.</summary>
    public RowIndex<long, string, StoredObject> HeldObjectsOf { get; }
    public Rows<(long FileId, string Type), FileData> FileData { get; }
    public Rows<long, Account> Accounts { get; }
    public RowIndex<Name, long, Account> AccountsByEmail { get; }
    public RowIndex<Name, long, Account> AccountsByTransaction { get; }
    public Rows<string, Passkey> Passkeys { get; }
    public RowIndex<long, string, Passkey> PasskeysOf { get; }
    public RowIndex<Name, string, Passkey> PasskeysByCredential { get; }
    public Rows<string, UserSession> Sessions { get; }
    public RowIndex<long, string, UserSession> LiveSessionsOf { get; }
    public Rows<(long UserId, string BonusId), StorageBonus> Bonuses { get; }
    public Rows<(long AdminId, long MemberId), FamilyMember> FamilyMembers { get; }

    /// <summary>The places of an admin's family.</summary>
    public RowIndex<long, (long AdminId, long MemberId), FamilyMember> PlacesIn { get; }

    /// <summary>A user's places, in whosever family.</summary>
    public RowIndex<long, (long AdminId, long MemberId), FamilyMember> PlacesOf { get; }
    public Rows<(long UserId, string Key), RemoteValue> RemoteValues { get; }
    public Rows<(long UserId, string Type), EntityKey> EntityKeys { get; }
    public Rows<string, UserEntity> Entities { get; }
    public Rows<string, Contact> Contacts { get; }
    public RowIndex<(long UserId, long ContactUserId), string, Contact> ContactsFor { get; }
    public RowIndex<long, string, Contact> LiveContactsShowing { get; }

    private static StreamId? InCollection(long? id) => id is { } known ? StreamId.Collection(known) : null;

    private static StreamId? OfUser(long? id) => id is { } known ? StreamId.User(known) : null;

    private static bool IsShared(Sight s, Share row) => s.Needs.SharingOf.Contains(row.ToUserId) || s.Needs.SharingOf.Contains(row.FromUserId);

    private static bool IsActive(Sight s, long collectionId, long userId) =>
        s.Needs.LiveActivityOf.Contains((collectionId, userId)) || s.Needs.SharingOf.Count > 0;

    // Those to a comment come along with its author's activity.
    private static bool HasReactions(Sight s, string commentId) =>
        s.Needs.LiveReactionsOn.Contains(commentId) || s.Needs.LiveActivityOf.Count > 0 || s.Needs.SharingOf.Count > 0;

    private static bool IsNewOrBrought(Sight s, long fileId) => StreamId.File(fileId) is var file && (s.IsNew(file) || s.Brought(file));

    // A file's pending actions come along with its memberships, however those were asked for; a new file has none.
    private static bool HasActions(Sight s, (long CollectionId, long FileId) x) =>
        s.Needs.PendingActions.Contains(x) || s.Needs.MembershipsOfFiles.Contains(x.FileId) || IsNewOrBrought(s, x.FileId)
        || s.Needs.MembershipsOfOwner.Any(o => o.CollectionId == x.CollectionId) || s.Needs.SharingOf.Count > 0;
}

/// <summary>A text as the key of a scope.</summary>
public readonly record struct Name(string Text);
