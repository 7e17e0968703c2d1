using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>Short forms of "one statement, its rows".</summary>
internal static class Sql
{
    public static NpgsqlCommand Command(this NpgsqlDataSource database, string sql, params ReadOnlySpan<object?> parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var p in parameters) command.Parameters.Add(new NpgsqlParameter { Value = p ?? DBNull.Value });
        return command;
    }

    public static async Task<int> RunAsync(this NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command) return await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task<List<T>> ListAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
            return rows;
        }
    }

    public static async Task<T?> FirstAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation) ? read(reader) : default;
        }
    }

    public static async Task<T> ScalarAsync<T>(this NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command) return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public static Task<List<TRow>> RowsAsync<TRow>(
        this NpgsqlDataSource database, Table<TRow> table, string where, CancellationToken cancellation, params ReadOnlySpan<object?> parameters)
        where TRow : class =>
        database.Command($"select {table.ColumnsOf("r")} from {Tables.Schema}.{table.Name} r where {where}", parameters)
            .ListAsync(table.Read, cancellation);

    public static Task<TRow?> RowAsync<TRow>(
        this NpgsqlDataSource database, Table<TRow> table, string where, CancellationToken cancellation, params ReadOnlySpan<object?> parameters)
        where TRow : class =>
        database.Command($"select {table.ColumnsOf("r")} from {Tables.Schema}.{table.Name} r where {where}", parameters)
            .FirstAsync(table.Read, cancellation);

    public static string? TextOrNull(this NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);

    public static long? NumberOrNull(this NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);

    public static byte[]? BytesOrNull(this NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<byte[]>(ordinal);
}

/// <summary>New ids from the database's sequences, taken in blocks: what a crash leaves unused is a gap and no harm.</summary>
public sealed class IdAllocator(NpgsqlDataSource database)
{
    private const int Block = 64;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<string, Queue<long>> free = [];

    public Task<long> FileAsync(CancellationToken cancellation) => NextAsync("file_ids", cancellation);

    public Task<long> LinkAsync(CancellationToken cancellation) => NextAsync("link_ids", cancellation);

    // One at a time: few are made, and the first user of an instance is known by its id.
    public Task<long> UserAsync(CancellationToken cancellation) => OneAsync("user_ids", cancellation);

    public Task<long> CollectionAsync(CancellationToken cancellation) => OneAsync("collection_ids", cancellation);

    private Task<long> OneAsync(string sequence, CancellationToken cancellation) =>
        database.Command($"select nextval('{Tables.Schema}.{sequence}')").ScalarAsync<long>(cancellation);

    private async Task<long> NextAsync(string sequence, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (!free.TryGetValue(sequence, out var ids)) free[sequence] = ids = new Queue<long>();
            if (ids.Count == 0)
            {
                var block = database.Command($"select nextval('{Tables.Schema}.{sequence}') from generate_series(1, {Block})");
                foreach (var id in await block.ListAsync(r => r.GetInt64(0), cancellation)) ids.Enqueue(id);
            }

            return ids.Dequeue();
        }
        finally
        {
            gate.Release();
        }
    }
}
