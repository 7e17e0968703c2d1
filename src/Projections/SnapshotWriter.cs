using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>Writes the changed rows of a snapshot into the batch that appends the events behind them.</summary>
public static class SnapshotWriter
{
    /// <summary>
    /// SQLSTATE of a commit that would have stored more than its decisions knew room for: others were faster. Decided again on what
    /// is stored now, it is refused as it should be.
    /// </summary>
    public const string CeilingBroken = "EO003";

    /// <summary>SQLSTATE of a commit whose decisions read a set of rows that others have added to since.</summary>
    public const string ScopeChanged = "EO004";

    /// <summary>
    /// Counts again the open scopes that decisions relied on. Before the rows are written, under the locks that the append has
    /// taken on the scopes' anchors: nobody can join them from here on.
    /// </summary>
    public static void AddGuards(NpgsqlBatch batch, LoadedSnapshot loaded)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(loaded);
        foreach (var guard in loaded.Guards.Where(g => loaded.Snapshot.Sight.Scopes.Contains(g.Scope)))
        {
            var command = new NpgsqlBatchCommand($"select projections.hold_scope(({guard.Sql}), ${guard.Parameters.Count + 1})");
            foreach (var p in guard.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = p });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = guard.Loaded });
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>
    /// Tables always in the same order and rows by key, so that two commits wait for each other
    /// instead of dead-locking.
    /// </summary>
    public static void AddTo(NpgsqlBatch batch, Snapshot snapshot, string schema = Tables.Schema)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Write(batch, schema, Tables.Entities, snapshot.Entities, e => e.Id);
        Write(batch, schema, Tables.Contacts, snapshot.Contacts, c => c.Id);
        Write(batch, schema, Tables.Accounts, snapshot.Accounts, a => a.Id);
        Write(batch, schema, Tables.Passkeys, snapshot.Passkeys, p => p.Id);
        Write(batch, schema, Tables.Sessions, snapshot.Sessions, x => x.TokenHash);
        Write(batch, schema, Tables.Bonuses, snapshot.Bonuses, b => (b.UserId, b.BonusId));
        Write(batch, schema, Tables.FamilyMembers, snapshot.FamilyMembers, m => (m.AdminId, m.MemberId));
        Write(batch, schema, Tables.RemoteValues, snapshot.RemoteValues, v => (v.UserId, v.Key));
        Write(batch, schema, Tables.EntityKeys, snapshot.EntityKeys, k => (k.UserId, k.Type));
        Write(batch, schema, Tables.Comments, snapshot.Comments, c => c.Id);
        Write(batch, schema, Tables.Reactions, snapshot.Reactions, r => r.Id);
        Write(batch, schema, Tables.AnonymousProfiles, snapshot.AnonymousProfiles, p => p.AnonUserId);
        Write(batch, schema, Tables.Collections, snapshot.Collections, c => c.Id);
        Write(batch, schema, Tables.Shares, snapshot.Shares, x => (x.CollectionId, x.ToUserId));
        Write(batch, schema, Tables.Links, snapshot.Links, l => l.Id);
        Write(batch, schema, Tables.Files, snapshot.Files, f => f.Id);
        Write(batch, schema, Tables.Objects, snapshot.Objects, o => o.Key);
        Write(batch, schema, Tables.Memberships, snapshot.Memberships, m => (m.CollectionId, m.FileId));
        Write(batch, schema, Tables.Actions, snapshot.Actions, a => a.Id);
        Write(batch, schema, Tables.Trash, snapshot.Trash, t => t.FileId);
        Write(batch, schema, Tables.FileData, snapshot.FileData, d => (d.FileId, d.Type));
        AddUsage(batch, schema, snapshot);
        if (schema != Tables.Schema) return;
        CloseSlots(batch, snapshot);
        HoldCeilings(batch, snapshot);
    }

    // An upload that a file claimed can not be written again, from the commit on that claims it.
    private static void CloseSlots(NpgsqlBatch batch, Snapshot snapshot)
    {
        var claimed = snapshot.Objects.Changed.Where(o => !o.IsReleased).Select(o => o.Key).Order(StringComparer.Ordinal).ToArray();
        if (claimed.Length == 0) return;
        var command = new NpgsqlBatchCommand("delete from transient.upload_slots where object_key = any($1)");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = claimed });
        batch.BatchCommands.Add(command);
    }

    // Last, since it may make the writers of one family take turns, and those wait for the end of this transaction.
    private static void HoldCeilings(NpgsqlBatch batch, Snapshot snapshot)
    {
        if (snapshot.Ceilings.Count == 0) return;
        var ceilings = snapshot.Ceilings.ToList();
        var command = new NpgsqlBatchCommand("select projections.hold_ceilings($1, $2, $3, $4, $5)");
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. ceilings.Select(c => c.Key.UserId)] });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. ceilings.Select(c => c.Value.OfLocker)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. ceilings.Select(c => c.Value.Bytes)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. ceilings.Select(c => c.Value.OwnBytes)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. ceilings.Select(c => c.Value.Files)] });
        batch.BatchCommands.Add(command);
    }

    private static void Write<TKey, TRow, TOrder>(
        NpgsqlBatch batch, string schema, Table<TRow> table, Rows<TKey, TRow> rows, Func<TRow, TOrder> order)
        where TKey : notnull
        where TRow : class
    {
        if (rows.HasChanges) batch.BatchCommands.Add(table.Upsert(schema, [.. rows.Changed.OrderBy(order)]));
    }

    private static void AddUsage(NpgsqlBatch batch, string schema, Snapshot snapshot)
    {
        var changes = snapshot.UsageChange.Where(c => c.Value != 0).OrderBy(c => c.Key).ToList();
        if (changes.Count == 0) return;
        var command = new NpgsqlBatchCommand(
            $"""
             insert into {schema}.usage as u (user_id, app, bytes) select * from unnest($1, $2, $3)
             on conflict (user_id, app) do update set bytes = u.bytes + excluded.bytes
             """);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. changes.Select(c => c.Key.UserId)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. changes.Select(c => c.Key.App)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. changes.Select(c => c.Value)] });
        batch.BatchCommands.Add(command);
    }
}
