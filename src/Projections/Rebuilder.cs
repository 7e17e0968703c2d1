using Ente.Orleans.Domain;
using Ente.Orleans.EventStore;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>What a rebuild came to. <paramref name="Differences"/>: rows that are not the same in the live tables, by table.</summary>
public sealed record RebuildResult(long Events, IReadOnlyDictionary<string, long> Differences)
{
    public bool IsSame => Differences.Values.All(d => d == 0);
}

/// <summary>Another rebuild of the same database is under way.</summary>
public sealed class RebuildRunningException() : InvalidOperationException("another rebuild of this database is running");

/// <summary>
/// Makes all inline projections again from the events, in tables beside the live ones, and compares
/// the two row by row. Applying events is the same code as on the live path, so a difference means
/// that one of the two is damaged.
/// </summary>
public sealed class Rebuilder(NpgsqlDataSource database, PostgresEventStore store, Horizon horizon)
{
    private const string Side = "projections_rebuild";

    // Two at once would drop each other's tables. The lock goes with its transaction, however that ends.
    private const string TakeTurn = "select pg_try_advisory_xact_lock(hashtextextended('ente-orleans rebuild', 0))";
    private const int PageSize = 2000;

    /// <summary>
    /// Rebuilds and compares. With <paramref name="replace"/> the rebuilt tables take the place of the
    /// live ones. While the last events are read and compared, nothing can be written.
    /// </summary>
    /// <param name="replace">Whether to put the rebuilt tables in place.</param>
    /// <param name="progress">Told the number of events read so far.</param>
    /// <param name="cancellation">Ends the rebuild; the live tables are as they were.</param>
    /// <exception cref="RebuildRunningException">Another rebuild of this database is under way.</exception>
    public async Task<RebuildResult> RunAsync(bool replace, IProgress<long>? progress, CancellationToken cancellation)
    {
        await using var turn = await database.OpenConnectionAsync(cancellation);
        await using var holding = await turn.BeginTransactionAsync(cancellation);
        await using var take = new NpgsqlCommand(TakeTurn, turn);
        if (!(bool)(await take.ExecuteScalarAsync(cancellation))!) throw new RebuildRunningException();
        await CreateSideTablesAsync(cancellation);
        // Not past the horizon: a slower writer's event with a lower number would be missed for ever.
        var safe = await horizon.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        var (last, count) = await ReplayAsync(0, safe.Sequence, 0, progress, cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        // It appends nothing, so no reader of the horizon need wait for it.
        await RunAsync(connection, "select store.exempt_from_horizon()", cancellation);

        // Whole tables are compared: here plans need not go by keys (see ConnectionDefaults).
        await RunAsync(connection, "set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on", cancellation);

        // Appends update mt_streams first, and wait here until the comparison is done.
        await RunAsync(connection, "lock table events.mt_streams in share mode", cancellation);
        (_, count) = await ReplayAsync(last, long.MaxValue, count, progress, cancellation);
        var differences = await CompareAsync(connection, cancellation);
        if (replace)
        {
            await RunAsync(connection, await ReplaceSqlAsync(connection, cancellation), cancellation);
            await transaction.CommitAsync(cancellation);
        }
        else
        {
            await transaction.RollbackAsync(cancellation);
            await database.Command($"drop schema {Side} cascade").RunAsync(cancellation);
        }

        return new RebuildResult(count, differences);
    }

    // Without the secondary indexes: within a page of events rows may pass each other (an address
    // that one user gave up and another took), and unique indexes are made faster at the end.
    private async Task CreateSideTablesAsync(CancellationToken cancellation)
    {
        await database.Command($"drop schema if exists {Side} cascade").RunAsync(cancellation);
        await database.Command($"create schema {Side}").RunAsync(cancellation);
        foreach (var table in Tables.Names)
        {
            await database.Command($"create table {Side}.{table} (like {Tables.Schema}.{table} including defaults including storage)").RunAsync(cancellation);
            var keys = await IndexesAsync(table, primary: true, cancellation);
            foreach (var key in keys) await database.Command(key).RunAsync(cancellation);
        }
    }

    private async Task<(long Last, long Count)> ReplayAsync(
        long after, long upTo, long count, IProgress<long>? progress, CancellationToken cancellation)
    {
        var loader = new SnapshotLoader(database, Side);
        var page = new List<StoredEvent>(PageSize);
        await foreach (var stored in store.ReadAllAsync(after, upTo, PageSize, cancellation))
        {
            page.Add(stored);
            if (page.Count < PageSize) continue;
            await ApplyAsync(page, loader, cancellation);
            (after, count) = (page[^1].Sequence, count + page.Count);
            progress?.Report(count);
            page.Clear();
        }

        if (page.Count > 0)
        {
            await ApplyAsync(page, loader, cancellation);
            (after, count) = (page[^1].Sequence, count + page.Count);
            progress?.Report(count);
        }

        return (after, count);
    }

    private async Task ApplyAsync(List<StoredEvent> page, SnapshotLoader loader, CancellationToken cancellation)
    {
        var needs = new Needs();
        foreach (var e in page) Snapshot.NeedsOf(StreamId.Parse(e.Stream), e.Data, needs);
        var (snapshot, _) = await loader.LoadAsync(needs, cancellation);
        snapshot.Sight.OpenForReplay(needs);
        foreach (var e in page) snapshot.Apply(StreamId.Parse(e.Stream), e.Version, e.Data, e.TimeMicros);
        await using var batch = database.CreateBatch();
        SnapshotWriter.AddTo(batch, snapshot, Side);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<Dictionary<string, long>> CompareAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var differences = new Dictionary<string, long>();
        foreach (var table in Tables.Names)
        {
            // As text, since JSON has no equality of its own; both ways, so that missing and extra rows count. A usage of zero
            // bytes is no row to a rebuild that never saw the sum change.
            var filter = table == "usage" ? "where t.bytes <> 0" : "";
            await using var command = new NpgsqlCommand(
                $"""
                 select (select count(*) from (select t::text from {Tables.Schema}.{table} t {filter} except all select t::text from {Side}.{table} t {filter}) a)
                      + (select count(*) from (select t::text from {Side}.{table} t {filter} except all select t::text from {Tables.Schema}.{table} t {filter}) b)
                 """,
                connection)
            { CommandTimeout = 0 };
            differences[table] = (long)(await command.ExecuteScalarAsync(cancellation))!;
        }

        return differences;
    }

    private async Task<string> ReplaceSqlAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var sql = new List<string>();
        foreach (var table in Tables.Names)
        {
            var indexes = await IndexesAsync(table, primary: false, cancellation);
            sql.Add($"drop table {Tables.Schema}.{table}");
            sql.AddRange(indexes);
            sql.Add($"alter table {Side}.{table} set schema {Tables.Schema}");
        }

        sql.Add($"drop schema {Side}");
        foreach (var (sequence, table, id) in (ReadOnlySpan<(string, string, string)>)
                 [("user_ids", "accounts", "id"), ("collection_ids", "collections", "id"), ("file_ids", "files", "id"), ("link_ids", "public_links", "id")])
        {
            sql.Add(
                $"select setval('{Tables.Schema}.{sequence}', greatest((select last_value from {Tables.Schema}.{sequence}), (select coalesce(max({id}), 0) from {Tables.Schema}.{table})))");
        }

        return string.Join(";\n", sql);
    }

    // The definitions of the live tables' indexes, for the tables beside them.
    private async Task<List<string>> IndexesAsync(string table, bool primary, CancellationToken cancellation)
    {
        var rows = await database.Command(
                """
                select pg_get_indexdef(i.indexrelid), pg_get_constraintdef(c.oid)
                from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'p'
                where i.indrelid = to_regclass($1) and i.indisprimary = $2
                """,
                $"{Tables.Schema}.{table}", primary)
            .ListAsync(r => (Index: r.GetString(0), Constraint: r.TextOrNull(1)), cancellation);
        return
        [
            .. rows.Select(r => primary
                ? $"alter table {Side}.{table} add {r.Constraint}"
                : r.Index.Replace($" ON {Tables.Schema}.", $" ON {Side}.", StringComparison.Ordinal)),
        ];
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
