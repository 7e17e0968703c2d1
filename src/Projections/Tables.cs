using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Projections;

/// <summary>The tables of the inline projections (schema <c>projections</c>).</summary>
public static class Tables
{
    public const string Schema = "projections";

    public static IReadOnlyList<Migration> Migrations { get; } = Migration.FromResources(typeof(Tables).Assembly, "projections");

    public static readonly Table<Account> Accounts = new("accounts", "id")
    {
        Rising = new RisingTimes(s => EntityTimeOf(s, "r.id"), "entity_time"),
    };
    public static readonly Table<Passkey> Passkeys = new("passkeys", "id");
    public static readonly Table<UserSession> Sessions = new("sessions", "token_hash");
    public static readonly Table<StorageBonus> Bonuses = new("bonuses", "user_id", "bonus_id");
    public static readonly Table<FamilyMember> FamilyMembers = new("family_members", "admin_id", "member_id");
    public static readonly Table<RemoteValue> RemoteValues = new("remote_values", "user_id", "key");
    public static readonly Table<EntityKey> EntityKeys = new("entity_keys", "user_id", "type");
    public static readonly Table<UserEntity> Entities = new("entities", "user_id", "id") { Rising = OfUser };
    public static readonly Table<Contact> Contacts = new("contacts", "id") { Rising = OfUser };
    public static readonly Table<Collection> Collections = new("collections", "id")
    {
        Rising = new RisingTimes(s => SocialTimeOf(s, "r.id"), "social_time"),
    };
    public static readonly Table<Comment> Comments = new("comments", "collection_id", "id") { Rising = Social };
    public static readonly Table<Reaction> Reactions = new("reactions", "collection_id", "id") { Rising = Social };
    public static readonly Table<AnonymousProfile> AnonymousProfiles = new("anonymous_profiles", "anon_user_id") { Rising = Social };
    public static readonly Table<Share> Shares = new("shares", "collection_id", "to_user_id");
    public static readonly Table<PublicLink> Links = new("public_links", "id");
    public static readonly Table<FileState> Files = new("files", "id");
    public static readonly Table<StoredObject> Objects = new("objects", "key");
    public static readonly Table<Membership> Memberships = new("memberships", "collection_id", "file_id");
    public static readonly Table<CollectionAction> Actions = new("collection_actions", "id");
    public static readonly Table<TrashEntry> Trash = new("trash", "file_id");
    public static readonly Table<FileData> FileData = new("file_data", "file_id", "type");

    /// <summary>Every table of the schema, in the order in which a commit writes them.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "entities", "contacts", "accounts", "passkeys", "sessions", "bonuses", "family_members", "remote_values", "entity_keys", "comments", "reactions",
        "anonymous_profiles", "collections", "shares", "public_links",
        "files", "objects", "memberships", "collection_actions", "trash", "file_data", "usage",
    ];

    // The collection's row has the clock of its comments, reactions and profiles. It is written after them, so each of them
    // sees the clock as it was before this commit; the lock on the collection's stream keeps others from moving it.
    private static RisingTimes Social => new(s => SocialTimeOf(s, "r.collection_id"), "created_at", "updated_at");

    // The same, with the user's row as the clock of entities and contacts.
    private static RisingTimes OfUser => new(s => EntityTimeOf(s, "r.user_id"), "updated_at");

    private static string EntityTimeOf(string schema, string id) => $"select a.entity_time from {schema}.accounts a where a.id = {id}";

    private static string SocialTimeOf(string schema, string id) => $"select c.social_time from {schema}.collections c where c.id = {id}";
}
