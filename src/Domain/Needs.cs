namespace Ente.Orleans.Domain;

/// <summary>
/// The rows that must be in a <see cref="Snapshot"/> before a batch of commands is decided, or a
/// batch of events applied. All of it is loaded in one round trip.
/// </summary>
public sealed class Needs
{
    public HashSet<long> Collections { get; } = [];

    /// <summary>Favorites or uncategorized of an owner in an app.</summary>
    public HashSet<(long OwnerId, string App, string Type)> SpecialCollections { get; } = [];

    /// <summary>One user's share of a collection.</summary>
    public HashSet<(long CollectionId, long UserId)> Shares { get; } = [];

    /// <summary>All shares of a collection.</summary>
    public HashSet<long> SharesOf { get; } = [];

    /// <summary>The link of a collection that is not disabled.</summary>
    public HashSet<long> LinksOf { get; } = [];
    public HashSet<long> Links { get; } = [];
    public HashSet<(long CollectionId, long FileId)> Memberships { get; } = [];

    /// <summary>All memberships of a file, with their collections.</summary>
    public HashSet<long> MembershipsOfFiles { get; } = [];

    /// <summary>All memberships of one user's files in a collection.</summary>
    public HashSet<(long CollectionId, long FileOwnerId)> MembershipsOfOwner { get; } = [];

    /// <summary>Some live memberships of a collection, with all memberships of those files: (collection, at most).</summary>
    public HashSet<(long CollectionId, int Limit)> LiveMembershipsOf { get; } = [];

    /// <summary>Pending actions on a file in a collection.</summary>
    public HashSet<(long CollectionId, long FileId)> PendingActions { get; } = [];
    public HashSet<string> Actions { get; } = [];

    /// <summary>A user's pending deletion suggestions for a file, with their collections.</summary>
    public HashSet<(long UserId, long FileId)> SuggestionsFor { get; } = [];
    public HashSet<string> Comments { get; } = [];
    public HashSet<string> Reactions { get; } = [];

    /// <summary>An author's reaction to a target in a collection, by their keys.</summary>
    public HashSet<(long CollectionId, string AuthorKey, string TargetKey)> ReactionsTo { get; } = [];

    /// <summary>The live reactions to a comment.</summary>
    public HashSet<string> LiveReactionsOn { get; } = [];

    /// <summary>A user's live comments and reactions in a collection, and the live reactions to those comments.</summary>
    public HashSet<(long CollectionId, long UserId)> LiveActivityOf { get; } = [];
    public HashSet<long> Files { get; } = [];

    /// <summary>Trash entries, by file.</summary>
    public HashSet<long> Trash { get; } = [];

    /// <summary>Stored objects, with the files they belong to.</summary>
    public HashSet<string> Objects { get; } = [];

    /// <summary>The objects of a file that are not released.</summary>
    public HashSet<long> ObjectsOfFiles { get; } = [];
    public HashSet<(long FileId, string Type)> FileData { get; } = [];
    public HashSet<long> Accounts { get; } = [];
    public HashSet<string> AccountsByEmail { get; } = [];

    /// <summary>Whose plan a payment's transaction is; "none" is nobody's.</summary>
    public HashSet<string> AccountsByTransaction { get; } = [];
    public HashSet<string> Passkeys { get; } = [];

    /// <summary>All passkeys of a user that were not removed.</summary>
    public HashSet<long> PasskeysOf { get; } = [];

    /// <summary>The passkey, of any user, that has a credential id and was not removed.</summary>
    public HashSet<string> PasskeysByCredential { get; } = [];
    public HashSet<string> Sessions { get; } = [];

    /// <summary>All live sessions of a user.</summary>
    public HashSet<long> SessionsOf { get; } = [];

    /// <summary>All bonuses of a user.</summary>
    public HashSet<long> BonusesOf { get; } = [];
    public HashSet<(long AdminId, long MemberId)> FamilyMembers { get; } = [];

    /// <summary>A user's family as its admin, and the user's places in others', with all the accounts and their custom domains.</summary>
    public HashSet<long> Families { get; } = [];
    public HashSet<(long UserId, string Key)> RemoteValues { get; } = [];
    public HashSet<(long UserId, string Type)> EntityKeys { get; } = [];
    public HashSet<string> Entities { get; } = [];
    public HashSet<string> Contacts { get; } = [];

    /// <summary>A user's contact for another user.</summary>
    public HashSet<(long UserId, long ContactUserId)> ContactsFor { get; } = [];

    /// <summary>Everybody's live contacts for a user, with their owners.</summary>
    public HashSet<long> ContactsShowing { get; } = [];

    /// <summary>Whether a user has something to do with another.</summary>
    public HashSet<(long UserId, long OtherId)> Acquaintances { get; } = [];

    /// <summary>Plan, bonuses and usage, own or of the family, that decide an upload of a user in an app.</summary>
    public HashSet<(long UserId, string App)> Allowances { get; } = [];

    /// <summary>
    /// Live shares with a user and the collections, live collections of that user with their live shares and links;
    /// of each share what the sharee brought: files, live comments and reactions.
    /// </summary>
    public HashSet<long> SharingOf { get; } = [];
}
