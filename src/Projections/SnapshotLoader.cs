using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>A snapshot, and what its commit must hold the open scopes against that its commands read.</summary>
/// <param name="Snapshot">The rows.</param>
/// <param name="Guards">How each open scope was loaded.</param>
public sealed record LoadedSnapshot(Snapshot Snapshot, IReadOnlyList<ScopeGuard> Guards);

/// <summary>Counts again what an open scope's statement had found.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="Sql">Counts the rows.</param>
/// <param name="Parameters">Those of the statement.</param>
public sealed record ScopeGuard(OpenScope Scope, string Sql, IReadOnlyList<object> Parameters)
{
    /// <summary>Rows found.</summary>
    public long Loaded { get; internal set; }
}

/// <summary>Loads the rows that commands or events need, all in one round trip and as of one moment.</summary>
public sealed class SnapshotLoader(NpgsqlDataSource database, string schema = Tables.Schema)
{
    public async Task<LoadedSnapshot> LoadAsync(Needs needs, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(needs);
        Owners.AddTo(needs);
        var snapshot = new Snapshot { Loaded = needs };
        var plan = new Plan(schema, snapshot);
        plan.Add(needs);
        if (plan.IsEmpty) return new LoadedSnapshot(snapshot, []);

        // One moment for all statements: a row and the version of its stream, read by two of them, belong together.
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin transaction isolation level repeatable read read only"));
        foreach (var command in plan.Commands) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        foreach (var take in plan.Results)
        {
            while (await reader.ReadAsync(cancellation)) take(reader);
            await reader.NextResultAsync(cancellation);
        }

        return new LoadedSnapshot(snapshot, plan.Guards);
    }

    /// <summary>One statement a need, and what to do with each of its rows.</summary>
    private sealed class Plan(string schema, Snapshot s)
    {
        public List<NpgsqlBatchCommand> Commands { get; } = [];

        public List<Action<NpgsqlDataReader>> Results { get; } = [];

        public List<ScopeGuard> Guards { get; } = [];

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
            AddSocial(n);
        }

        private void AddSocial(Needs n)
        {
            Named(Tables.Comments, s.Comments, "r.id = any($1)", n.Comments);
            Named(Tables.Reactions, s.Reactions, "r.id = any($1)", n.Reactions);
            if (n.ReactionsTo.Count > 0)
            {
                Rows(
                    Tables.Reactions, s.Reactions, "(r.collection_id, r.author_key, r.target_key) in (select * from unnest($1, $2, $3))",
                    n.ReactionsTo.Select(x => x.CollectionId).ToArray(), n.ReactionsTo.Select(x => x.AuthorKey).ToArray(),
                    n.ReactionsTo.Select(x => x.TargetKey).ToArray());
            }

            Named(Tables.Reactions, s.Reactions, "not r.is_deleted and r.comment_id = any($1)", n.LiveReactionsOn);
            if (n.LiveActivityOf.Count > 0)
            {
                LiveActivity(
                    "select * from unnest($1, $2)", n.LiveActivityOf.Select(x => x.CollectionId).ToArray(),
                    n.LiveActivityOf.Select(x => x.UserId).ToArray());
            }
        }

        // Of users in collections: what they wrote, and the reactions of others to their comments.
        private void LiveActivity(string collectionsAndUsers, params object[] parameters)
        {
            Rows(Tables.Comments, s.Comments, $"not r.is_deleted and (r.collection_id, r.user_id) in ({collectionsAndUsers})", parameters);
            Rows(Tables.Reactions, s.Reactions, $"not r.is_deleted and (r.collection_id, r.user_id) in ({collectionsAndUsers})", parameters);
            Rows(
                Tables.Reactions, s.Reactions,
                $"""
                not r.is_deleted and r.comment_id in (
                    select c.id from {schema}.comments c where not c.is_deleted and (c.collection_id, c.user_id) in ({collectionsAndUsers}))
                """,
                parameters);
        }

        private void AllOfFiles(IReadOnlyCollection<long> files)
        {
            if (files.Count == 0) return;
            var ids = files.ToArray();
            Scope(OpenScope.MembershipsOfFile, Tables.Memberships, s.Memberships, "r.file_id = any($1)", ids);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select m.collection_id from {schema}.memberships m where m.file_id = any($1))", ids);
            Scope(
                OpenScope.Suggestions, Tables.Actions, s.Actions,
                $"r.is_pending and (r.collection_id, r.file_id) in (select m.collection_id, m.file_id from {schema}.memberships m where m.file_id = any($1))",
                ids);
        }

        private void LiveOf(long collectionId, int limit)
        {
            var some = $"select m.file_id from {schema}.memberships m where m.collection_id = $1 and not m.is_deleted order by m.file_id limit $2";
            Scope(OpenScope.MembershipsOfFile, Tables.Memberships, s.Memberships, $"r.file_id in ({some})", collectionId, limit);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select x.collection_id from {schema}.memberships x where x.file_id in ({some}))", collectionId, limit);
            Rows(Tables.Files, s.Files, $"r.id in ({some})", collectionId, limit);
            Rows(Tables.Trash, s.Trash, $"r.file_id in ({some})", collectionId, limit);
            Scope(OpenScope.Suggestions, Tables.Actions, s.Actions, $"r.is_pending and r.file_id in ({some})", collectionId, limit);
        }

        private void Suggestions(IReadOnlyCollection<(long UserId, long FileId)> wanted)
        {
            object[] keys = [wanted.Select(x => x.UserId).ToArray(), wanted.Select(x => x.FileId).ToArray()];
            const string mine = "a.is_pending and a.action = 'DELETE_SUGGESTED' and (a.user_id, a.file_id) in (select * from unnest($1, $2))";
            Scope(OpenScope.Suggestions, Tables.Actions, s.Actions, mine.Replace("a.", "r.", StringComparison.Ordinal), keys);
            Rows(
                Tables.Collections, s.Collections,
                $"r.id in (select a.collection_id from {schema}.collection_actions a where {mine})", keys);
        }

        private void Sharing(long userId)
        {
            const string live = "not s.is_deleted and (s.to_user_id = $1 or s.from_user_id = $1)";
            Scope(OpenScope.Sharing, Tables.Shares, s.Shares, live.Replace("s.", "r.", StringComparison.Ordinal), userId);
            Scope(
                OpenScope.Sharing, Tables.Collections, s.Collections,
                $"""
                 r.id in (select c.id from {schema}.collections c where c.owner_id = $1
                          union all select s.collection_id from {schema}.shares s where {live})
                 """,
                userId);
            Rows(
                Tables.Links, s.Links,
                $"not r.is_disabled and r.collection_id in (select c.id from {schema}.collections c where c.owner_id = $1)", userId);
            var left = $"exists (select from {schema}.shares s where {live} and s.collection_id = m.collection_id and s.to_user_id = m.file_owner_id)";
            Rows(Tables.Memberships, s.Memberships, left.Replace("m.", "r.", StringComparison.Ordinal), userId);
            Rows(
                Tables.Actions, s.Actions,
                $"r.is_pending and (r.collection_id, r.file_id) in (select m.collection_id, m.file_id from {schema}.memberships m where {left})", userId);
            LiveActivity($"select s.collection_id, s.to_user_id from {schema}.shares s where {live}", userId);
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
            Named(Tables.Accounts, s.Accounts, "r.plan_transaction <> 'none' and r.plan_transaction = any($1)", n.AccountsByTransaction);
            Named(Tables.Passkeys, s.Passkeys, "r.id = any($1)", n.Passkeys);
            Rows(Tables.Passkeys, s.Passkeys, "not r.is_deleted and r.user_id = any($1)", n.PasskeysOf);
            Named(Tables.Passkeys, s.Passkeys, "not r.is_deleted and r.credential_id = any($1)", n.PasskeysByCredential);
            Named(Tables.Sessions, s.Sessions, "r.token_hash = any($1)", n.Sessions);
            Rows(Tables.Sessions, s.Sessions, "not r.is_deleted and r.user_id = any($1)", n.SessionsOf);
            Rows(Tables.Bonuses, s.Bonuses, "r.user_id = any($1)", n.BonusesOf);
            Pairs(Tables.FamilyMembers, s.FamilyMembers, "(r.admin_id, r.member_id)", n.FamilyMembers);
            Families(n.Families);
            ByUser(Tables.RemoteValues, s.RemoteValues, "key", n.RemoteValues);
            ByUser(Tables.EntityKeys, s.EntityKeys, "type", n.EntityKeys);
            Named(Tables.Entities, s.Entities, "r.id = any($1)", n.Entities);
            AddContacts(n);
            Allowances(n.Allowances);
        }

        private void AddContacts(Needs n)
        {
            Named(Tables.Contacts, s.Contacts, "r.id = any($1)", n.Contacts);
            Pairs(Tables.Contacts, s.Contacts, "(r.user_id, r.contact_user_id)", n.ContactsFor);
            if (n.ContactsShowing.Count > 0)
            {
                Scope(
                    OpenScope.ContactsShowing, Tables.Contacts, s.Contacts, "not r.is_deleted and r.contact_user_id = any($1)",
                    n.ContactsShowing.ToArray());
            }

            Rows(
                Tables.Accounts, s.Accounts,
                $"r.id in (select c.user_id from {schema}.contacts c where not c.is_deleted and c.contact_user_id = any($1))", n.ContactsShowing);
            foreach (var (userId, other) in n.Acquaintances)
            {
                // An album that both take part in, also when neither shares with the other; or the same family. Either has a stream that
                // says when it ends: the album's, or that of the family's admin.
                Commands.Add(Command(
                    $"""
                     (select c.id, null::bigint, c.version
                      from {schema}.shares mine join {schema}.shares theirs using (collection_id) join {schema}.collections c on c.id = mine.collection_id
                      where not mine.is_deleted and not theirs.is_deleted
                        and (mine.from_user_id = $1 or mine.to_user_id = $1) and (theirs.from_user_id = $2 or theirs.to_user_id = $2)
                      limit 1)
                     union all
                     (select null, a.id, a.version
                      from {schema}.accounts mine join {schema}.accounts theirs using (family_admin_id) join {schema}.accounts a on a.id = mine.family_admin_id
                      where mine.id = $1 and theirs.id = $2
                      limit 1)
                     """,
                    userId, other));
                Results.Add(r =>
                {
                    var through = r.NumberOrNull(0) is { } album ? StreamId.Collection(album) : StreamId.User(r.GetInt64(1));
                    s.LoadAcquaintance(userId, other, through, r.GetInt64(2));
                });
            }
        }

        private void Families(IReadOnlyCollection<long> users)
        {
            if (users.Count == 0) return;
            const string places = "(r.admin_id = any($1) or r.member_id = any($1))";
            Scope(OpenScope.Families, Tables.FamilyMembers, s.FamilyMembers, places, users.ToArray());
            var everybody = $"select unnest(array[r.admin_id, r.member_id]) from {schema}.family_members r where {places}";
            Rows(Tables.Accounts, s.Accounts, $"r.id in ({everybody})", users);
            Rows(Tables.RemoteValues, s.RemoteValues, $"r.key = '{RemoteValue.CustomDomain}' and r.user_id in ({everybody})", users);
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

        private void Allowances(IReadOnlyCollection<(long UserId, string App)> wanted)
        {
            if (wanted.Count == 0) return;
            Commands.Add(Command(AllowanceSql.For(schema), wanted.Select(w => w.UserId).ToArray(), wanted.Select(w => w.App).ToArray()));
            Results.Add(r =>
            {
                var allowance = AllowanceSql.Read(r);
                var (user, payer) = AllowanceSql.ReadVersions(r);
                s.Load(allowance, user, payer);
            });
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

        private void Scope<TKey, TRow>(OpenScope scope, Table<TRow> table, Rows<TKey, TRow> rows, string where, params object[] parameters)
            where TKey : notnull
            where TRow : class
        {
            Rows(table, rows, where, parameters);
            var (take, guard) = (Results[^1], new ScopeGuard(scope, $"select count(*) from {schema}.{table.Name} r where {where}", parameters));
            Results[^1] = reader =>
            {
                take(reader);
                guard.Loaded++;
            };
            Guards.Add(guard);
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
