using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Npgsql;

namespace Ente.Orleans.Projections.Queries;

/// <summary>Reads of accounts, sessions, plans and small user data.</summary>
public sealed class AccountQueries(NpgsqlDataSource database, PersonalData personal)
{
    public Task<Account?> FindAsync(long id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Accounts, "r.id = $1", cancellation, id);

    public Task<Account?> FindByEmailAsync(string email, CancellationToken cancellation) =>
        database.RowAsync(Tables.Accounts, "r.email_hash = $1", cancellation, personal.EmailHash(email));

    public Task<Account?> FindBySrpUserAsync(string srpUserId, CancellationToken cancellation) =>
        database.RowAsync(Tables.Accounts, "r.srp_user_id = $1", cancellation, srpUserId);

    /// <summary>The passkeys of a user that were not removed, oldest first.</summary>
    public Task<List<Passkey>> PasskeysAsync(long userId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Passkeys, "r.user_id = $1 and not r.is_deleted order by r.created_at, r.id", cancellation, userId);

    public async Task<int> CountPasskeysAsync(long userId, CancellationToken cancellation) =>
        (int)await database.Command("select count(*) from projections.passkeys where user_id = $1 and not is_deleted", userId)
            .ScalarAsync<long>(cancellation);

    /// <summary>A session by its token's hash, ended ones too.</summary>
    public Task<UserSession?> SessionAsync(string tokenHash, CancellationToken cancellation) =>
        database.RowAsync(Tables.Sessions, "r.token_hash = $1", cancellation, tokenHash);

    public Task<List<UserSession>> SessionsAsync(long userId, string app, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Sessions, "r.user_id = $1 and r.app = $2 and not r.is_deleted", cancellation, userId, app);

    /// <summary>The live sessions of a user in all apps.</summary>
    public Task<List<UserSession>> SessionsAsync(long userId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Sessions, "r.user_id = $1 and not r.is_deleted order by r.created_at", cancellation, userId);

    /// <summary>Live accounts that are younger than a time, oldest first.</summary>
    public Task<List<Account>> CreatedSinceAsync(long since, CancellationToken cancellation) =>
        database.RowsAsync(
            Tables.Accounts, "r.created_at > $1 and not r.is_deleted order by r.created_at, r.id", cancellation, since);

    public Task<List<long>> IdsByEmailHashesAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellation) =>
        database.Command("select id from projections.accounts where email_hash = any($1)", (object)hashes.ToArray())
            .ListAsync(r => r.GetInt64(0), cancellation);

    /// <summary>Every app the user ever had a session in.</summary>
    public Task<List<string>> AppsAsync(long userId, CancellationToken cancellation) =>
        database.Command("select distinct app from projections.sessions where user_id = $1", userId)
            .ListAsync(r => r.GetString(0), cancellation);

    public Task<List<StorageBonus>> BonusesAsync(long userId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Bonuses, "r.user_id = $1 order by r.created_at, r.bonus_id", cancellation, userId);

    public async Task<Allowance?> AllowanceAsync(long userId, string app, CancellationToken cancellation) =>
        await database.Command(AllowanceSql.For(Tables.Schema), new[] { userId }, new[] { app })
            .FirstAsync(AllowanceSql.Read, cancellation);

    /// <summary>The administrator of an instance that names none.</summary>
    public Task<long?> FirstUserAsync(CancellationToken cancellation) =>
        database.Command("select min(id) from projections.accounts").FirstAsync(r => r.NumberOrNull(0), cancellation);

    /// <summary>Addresses of users; deleted ones are missing.</summary>
    public async Task<Dictionary<long, string>> EmailsAsync(IReadOnlyCollection<long> userIds, CancellationToken cancellation)
    {
        var emails = new Dictionary<long, string>();
        if (userIds.Count == 0) return emails;
        var rows = await database.Command(
                "select id, sealed_email from projections.accounts where id = any($1) and sealed_email is not null", userIds.Distinct().ToArray())
            .ListAsync(r => (Id: r.GetInt64(0), Sealed: r.GetString(1)), cancellation);
        await personal.LoadKeysAsync(rows.Select(r => r.Id), cancellation);
        foreach (var (id, sealedEmail) in rows)
        {
            if (await personal.OpenAsync(id, sealedEmail, cancellation) is { } email) emails[id] = email;
        }

        return emails;
    }

    /// <summary>Distinct own live files in own collections of an app.</summary>
    public Task<long> FileCountAsync(long userId, string app, CancellationToken cancellation) =>
        database.Command(
                """
                select count(distinct m.file_id) from projections.memberships m
                join projections.collections c on c.id = m.collection_id
                where c.owner_id = $1 and c.app = $2 and m.file_owner_id = $1 and not m.is_deleted
                """,
                userId, app)
            .ScalarAsync<long>(cancellation);

    public Task<RemoteValue?> RemoteValueAsync(long userId, string key, CancellationToken cancellation) =>
        database.RowAsync(Tables.RemoteValues, "r.user_id = $1 and r.key = $2 and r.value is not null", cancellation, userId, key);

    public Task<List<RemoteValue>> RemoteValuesAsync(long userId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.RemoteValues, "r.user_id = $1 and r.value is not null", cancellation, userId);

    public Task<EntityKey?> EntityKeyAsync(long userId, string type, CancellationToken cancellation) =>
        database.RowAsync(Tables.EntityKeys, "r.user_id = $1 and r.type = $2", cancellation, userId, type);

    public Task<UserEntity?> EntityAsync(string id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Entities, "r.id = $1", cancellation, id);

    /// <summary>
    /// Entities changed after a time, oldest first. Each has a time of its own, and who writes them follows each other: all that
    /// is stored is also final.
    /// </summary>
    public Task<List<UserEntity>> EntitiesAsync(long userId, string type, long since, int limit, CancellationToken cancellation) =>
        database.RowsAsync(
            Tables.Entities, "r.user_id = $1 and r.type = $2 and r.updated_at > $3 order by r.updated_at limit $4", cancellation,
            userId, type, since, limit);

    public Task<Contact?> ContactAsync(string id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Contacts, "r.id = $1", cancellation, id);

    /// <summary>Contacts changed after a time, oldest first, as <see cref="EntitiesAsync"/>.</summary>
    public Task<List<Contact>> ContactsAsync(long userId, long since, int limit, CancellationToken cancellation) =>
        database.RowsAsync(
            Tables.Contacts, "r.user_id = $1 and r.updated_at > $2 order by r.updated_at limit $3", cancellation, userId, since, limit);

    /// <summary>Live entries of the authenticator app.</summary>
    public Task<long> CountEntitiesAsync(long userId, string type, CancellationToken cancellation) =>
        database.Command(
                "select count(*) from projections.entities where user_id = $1 and type = $2 and not is_deleted", userId, type)
            .ScalarAsync<long>(cancellation);
}
