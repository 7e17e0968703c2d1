using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>Loads the rows that commands or events need, all in one round trip.</summary>
public sealed class SnapshotLoader(NpgsqlDataSource database, string schema = Tables.Schema)
{
    public async Task<Snapshot> LoadAsync(Needs needs, CancellationToken cancellation)
    {
        var snapshot = new Snapshot();
        await LoadIntoAsync(snapshot, needs, cancellation);
        return snapshot;
    }

    /// <summary>Adds rows to a snapshot; what was changed there stays.</summary>
    public async Task LoadIntoAsync(Snapshot snapshot, Needs needs, CancellationToken cancellation)
    {
        var plan = new Plan(schema, snapshot);
        plan.Add(needs);
        if (plan.IsEmpty) return;
        await using var batch = database.CreateBatch();
        foreach (var command in plan.Commands) batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        foreach (var take in plan.Results)
        {
            while (await reader.ReadAsync(cancellation)) take(reader);
            await reader.NextResultAsync(cancellation);
        }
    }

    /// <summary>One statement a need, and what to do with each of its rows.</summary>
    private sealed class Plan(string schema, Snapshot s)
    {
        public List<NpgsqlBatchCommand> Commands { get; } = [];

        public List<Action<NpgsqlDataReader>> Results { get; } = [];

        public bool IsEmpty => Commands.Count == 0;

        public void Add(Needs n)
        {
            AddCollections(n);
            AddFiles(n);
            AddAccounts(n);
        }

        private void AddCollections(Needs n)
        {
            Rows(Tables.Collections, s.Collections, "r.id = any($1)", n.Collections);
            if (n.SpecialCollections.Count > 0)
            {
                Rows(
                    Tables.Collections, s.Collections,
                    "(r.owner_id, r.app, r.type) in (select * from unnest($1, $2, $3))",
                    n.SpecialCollections.Select(x => x.OwnerId).ToArray(), n.SpecialCollections.Select(x => x.App).ToArray(),
                    n.SpecialCollections.Select(x => x.Type).ToArray());
            }

            Pairs(Tables.Shares, s.Shares, "(r.collection_id, r.to_user_id)", n.Shares);
            Rows(Tables.Shares, s.Shares, "r.collection_id = any($1)", n.SharesOf);
            Rows(Tables.Links, s.Links, "r.collection_id = any($1) and not r.is_disabled", n.LinksOf);
            Rows(Tables.Links, s.Links, "r.id = any($1)", n.Links);
            Pairs(Tables.Memberships, s.Memberships, "(r.collection_id, r.file_id)", n.Memberships);
            Pairs(Tables.Memberships, s.Memberships, "(r.collection_id, r.file_owner_id)", n.MembershipsOfOwner);
            if (n.MembershipsOfOwner.Count > 0)
            {
                Pairs(
                    Tables.Actions, s.Actions, "r.is_pending and (r.collection_id, r.file_id)", n.MembershipsOfOwner,
                    $"select m.collection_id, m.file_id from {schema}.memberships m where (m.collection_id, m.file_owner_id) in (select * from unnest($1, $2))");
            }

            AllOfFiles(n.MembershipsOfFiles);
            foreach (var (collectionId, limit) in n.LiveMembershipsOf) LiveOf(collectionId, limit);
            Pairs(Tables.Actions, s.Actions, "r.is_pending and (r.collection_id, r.file_id)", n.PendingActions);
            Named(Tables.Actions, s.Actions, "r.id = any($1)", n.Actions);
            if (n.SuggestionsFor.Count > 0) Suggestions(n.SuggestionsFor);
            foreach (var userId in n.SharingOf) Sharing(userId);
        }

        private void AllOfFiles(IReadOnlyCollection<long> files)
        {
            if (files.Count == 0) return;
            var ids = files.ToArray();
            Rows(Tables.Memberships, s.Memberships, "r.file_id = any($1)", ids);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select m.collection_id from {schema}.memberships m where m.file_id = any($1))", ids);
            Rows(
                Tables.Actions, s.Actions,
                $"r.is_pending and (r.collection_id, r.file_id) in (select m.collection_id, m.file_id from {schema}.memberships m where m.file_id = any($1))",
                ids);
        }

        private void LiveOf(long collectionId, int limit)
        {
            var some = $"select m.file_id from {schema}.memberships m where m.collection_id = $1 and not m.is_deleted order by m.file_id limit $2";
            Rows(Tables.Memberships, s.Memberships, $"r.file_id in ({some})", collectionId, limit);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select x.collection_id from {schema}.memberships x where x.file_id in ({some}))", collectionId, limit);
            Rows(Tables.Files, s.Files, $"r.id in ({some})", collectionId, limit);
            Rows(Tables.Trash, s.Trash, $"r.file_id in ({some})", collectionId, limit);
            Rows(Tables.Actions, s.Actions, $"r.is_pending and r.file_id in ({some})", collectionId, limit);
        }

        private void Suggestions(IReadOnlyCollection<(long UserId, long FileId)> wanted)
        {
            object[] keys = [wanted.Select(x => x.UserId).ToArray(), wanted.Select(x => x.FileId).ToArray()];
            const string mine = "a.is_pending and a.action = 'DELETE_SUGGESTED' and (a.user_id, a.file_id) in (select * from unnest($1, $2))";
            Rows(Tables.Actions, s.Actions, mine.Replace("a.", "r.", StringComparison.Ordinal), keys);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select a.collection_id from {schema}.collection_actions a where {mine})", keys);
        }

        private void Sharing(long userId)
        {
            const string live = "not s.is_deleted and (s.to_user_id = $1 or s.from_user_id = $1)";
            Rows(Tables.Shares, s.Shares, live.Replace("s.", "r.", StringComparison.Ordinal), userId);
            Rows(
                Tables.Collections, s.Collections,
                $"r.owner_id = $1 or r.id in (select s.collection_id from {schema}.shares s where {live})", userId);
            Rows(
                Tables.Links, s.Links,
                $"not r.is_disabled and r.collection_id in (select c.id from {schema}.collections c where c.owner_id = $1)", userId);
            var left = $"exists (select from {schema}.shares s where {live} and s.collection_id = m.collection_id and s.to_user_id = m.file_owner_id)";
            Rows(Tables.Memberships, s.Memberships, left.Replace("m.", "r.", StringComparison.Ordinal), userId);
            Rows(
                Tables.Actions, s.Actions,
                $"r.is_pending and (r.collection_id, r.file_id) in (select m.collection_id, m.file_id from {schema}.memberships m where {left})", userId);
        }

        private void AddFiles(Needs n)
        {
            Rows(Tables.Files, s.Files, "r.id = any($1)", n.Files);
            Rows(Tables.Trash, s.Trash, "r.file_id = any($1)", n.Trash);
            Named(Tables.Objects, s.Objects, "r.key = any($1)", n.Objects);
            Named(Tables.Files, s.Files, $"r.id in (select o.file_id from {schema}.objects o where o.key = any($1))", n.Objects);

            Rows(Tables.Objects, s.Objects, "not r.is_released and r.file_id = any($1)", n.ObjectsOfFiles);
            if (n.FileData.Count > 0)
            {
                Rows(
                    Tables.FileData, s.FileData, "(r.file_id, r.type) in (select * from unnest($1, $2))",
                    n.FileData.Select(x => x.FileId).ToArray(), n.FileData.Select(x => x.Type).ToArray());
            }
        }

        private void AddAccounts(Needs n)
        {
            Rows(Tables.Accounts, s.Accounts, "r.id = any($1)", n.Accounts);
            Named(Tables.Accounts, s.Accounts, "r.email_hash = any($1)", n.AccountsByEmail);
            Named(Tables.Passkeys, s.Passkeys, "r.id = any($1)", n.Passkeys);
            Rows(Tables.Passkeys, s.Passkeys, "not r.is_deleted and r.user_id = any($1)", n.PasskeysOf);
            Named(Tables.Passkeys, s.Passkeys, "not r.is_deleted and r.credential_id = any($1)", n.PasskeysByCredential);
            Named(Tables.Sessions, s.Sessions, "r.token_hash = any($1)", n.Sessions);
            Rows(Tables.Sessions, s.Sessions, "not r.is_deleted and r.user_id = any($1)", n.SessionsOf);
            Rows(Tables.Bonuses, s.Bonuses, "r.user_id = any($1)", n.BonusesOf);
            ByUser(Tables.RemoteValues, s.RemoteValues, "key", n.RemoteValues);
            ByUser(Tables.EntityKeys, s.EntityKeys, "type", n.EntityKeys);
            Named(Tables.Entities, s.Entities, "r.id = any($1)", n.Entities);
            foreach (var (userId, app) in n.Allowances) Allowance(userId, app);
        }

        private void ByUser<TKey, TRow>(Table<TRow> table, Rows<TKey, TRow> rows, string column, IReadOnlyCollection<(long UserId, string Name)> keys)
            where TKey : notnull
            where TRow : class
        {
            if (keys.Count == 0) return;
            Rows(
                table, rows, $"(r.user_id, r.{column}) in (select * from unnest($1, $2))",
                keys.Select(k => k.UserId).ToArray(), keys.Select(k => k.Name).ToArray());
        }

        private void Allowance(long userId, string app)
        {
            Commands.Add(Command(AllowanceSql.For(schema), userId, app));
            Results.Add(r => s.Allowances[(userId, app)] = AllowanceSql.Read(r));
        }

        private void Rows<TKey, TRow>(Table<TRow> table, Rows<TKey, TRow> rows, string where, IReadOnlyCollection<long> ids)
            where TKey : notnull
            where TRow : class
        {
            if (ids.Count > 0) Rows(table, rows, where, [ids.ToArray()]);
        }

        private void Named<TKey, TRow>(Table<TRow> table, Rows<TKey, TRow> rows, string where, IReadOnlyCollection<string> names)
            where TKey : notnull
            where TRow : class
        {
            if (names.Count > 0) Rows(table, rows, where, [names.ToArray()]);
        }

        private void Pairs<TKey, TRow>(
            Table<TRow> table, Rows<TKey, TRow> rows, string columns, IReadOnlyCollection<(long, long)> keys,
            string keysSql = "select * from unnest($1, $2)")
            where TKey : notnull
            where TRow : class
        {
            if (keys.Count == 0) return;
            Rows(table, rows, $"{columns} in ({keysSql})", keys.Select(k => k.Item1).ToArray(), keys.Select(k => k.Item2).ToArray());
        }

        private void Rows<TKey, TRow>(Table<TRow> table, Rows<TKey, TRow> rows, string where, params object[] parameters)
            where TKey : notnull
            where TRow : class
        {
            Commands.Add(Command($"select {table.ColumnsOf("r")} from {schema}.{table.Name} r where {where}", parameters));
            Results.Add(reader => rows.Load(table.Read(reader)));
        }

        private static NpgsqlBatchCommand Command(string sql, params object[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var p in parameters) command.Parameters.Add(new NpgsqlParameter { Value = p });
            return command;
        }
    }
}

/// <summary>Plan, bonuses and usage of a user: what decides whether an upload may go on.</summary>
internal static class AllowanceSql
{
    // Sums over few rows; the count of locker files only for the app that is limited by it.
    public static string For(string schema) => $"""
        select a.plan_storage, a.plan_expiry, a.plan_product, a.plan_provider,
               coalesce(b.add_on, 0)::bigint, coalesce(b.dated, false), coalesce(b.referral, 0)::bigint,
               coalesce(u.used, 0)::bigint, coalesce(u.locker, 0)::bigint,
               case when $2 <> 'locker' then 0 else (
                   select count(distinct m.file_id) from {schema}.memberships m join {schema}.collections c on c.id = m.collection_id
                   where c.owner_id = $1 and c.app = 'locker' and m.file_owner_id = $1 and not m.is_deleted) end
        from {schema}.accounts a
        left join lateral (
            select sum(x.storage) filter (where x.type like 'ADD\_ON\_%') as add_on,
                   sum(x.storage) filter (where x.type not like 'ADD\_ON\_%') as referral,
                   bool_or(x.type like 'ADD\_ON\_%' and x.valid_till > 0) as dated
            from {schema}.bonuses x
            where x.user_id = a.id and not x.is_revoked
              and (x.valid_till = 0 or x.valid_till > (extract(epoch from clock_timestamp()) * 1000000)::bigint)) b on true
        left join lateral (
            select sum(y.bytes) as used, sum(y.bytes) filter (where y.app = 'locker') as locker
            from {schema}.usage y where y.user_id = a.id) u on true
        where a.id = $1
        """;

    public static Allowance Read(NpgsqlDataReader r) => new()
    {
        PlanStorage = r.GetInt64(0),
        PlanExpiry = r.GetInt64(1),
        PlanProduct = r.GetString(2),
        PlanProvider = r.GetString(3),
        AddOnStorage = r.GetInt64(4),
        HasDatedAddOn = r.GetBoolean(5),
        ReferralStorage = r.GetInt64(6),
        Used = r.GetInt64(7),
        LockerUsed = r.GetInt64(8),
        LockerFiles = r.GetInt64(9),
    };
}
