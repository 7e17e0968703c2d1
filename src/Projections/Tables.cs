using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Projections;

/// <summary>The tables of the inline projections (schema <c>projections</c>).</summary>
public static class Tables
{
    public const string Schema = "projections";

    public static IReadOnlyList<Migration> Migrations { get; } = Migration.FromResources(typeof(Tables).Assembly, "projections");

    public static readonly Table<Account> Accounts = new("accounts", "id");
    public static readonly Table<Passkey> Passkeys = new("passkeys", "id");
    public static readonly Table<UserSession> Sessions = new("sessions", "token_hash");
    public static readonly Table<StorageBonus> Bonuses = new("bonuses", "user_id", "bonus_id");
    public static readonly Table<RemoteValue> RemoteValues = new("remote_values", "user_id", "key");
    public static readonly Table<EntityKey> EntityKeys = new("entity_keys", "user_id", "type");
    public static readonly Table<UserEntity> Entities = new("entities", "id");
    public static readonly Table<Collection> Collections = new("collections", "id");
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
        "accounts", "passkeys", "sessions", "bonuses", "remote_values", "entity_keys", "entities", "collections", "shares", "public_links",
        "files", "objects", "memberships", "collection_actions", "trash", "file_data", "usage",
    ];
}
