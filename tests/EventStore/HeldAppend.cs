using Ente.Orleans.Testing;
using Npgsql;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>
/// An append whose transaction stays open, its numbers and time taken and its events written, until it is let go: the slow writer of
/// every race, without relying on sleeps.
/// </summary>
public sealed class HeldAppend : IAsyncDisposable
{
    private static int _keys;
    private readonly NpgsqlConnection _gate;
    private readonly NpgsqlTransaction _held;

    private HeldAppend(NpgsqlConnection gate, NpgsqlTransaction held, Task<AppendResult> append) => (_gate, _held, Result) = (gate, held, append);

    /// <summary>Completes after <see cref="LetGoAsync"/>.</summary>
    public Task<AppendResult> Result { get; }

    public static async Task<HeldAppend> StartAsync(
        TestDatabase database, PostgresEventStore store, StreamAppend append, Action<NpgsqlBatch>? inline = null)
    {
        var key = Interlocked.Increment(ref _keys);
        var gate = await database.DataSource.OpenConnectionAsync();
        // A lock alone takes no transaction id, so this transaction holds nobody up.
        var held = await gate.BeginTransactionAsync();
        await new NpgsqlCommand($"select pg_advisory_xact_lock({key})", gate).ExecuteNonQueryAsync();
        var task = Task.Run(() => store.AppendAsync([append], batch =>
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"select pg_advisory_xact_lock({key})"));
            inline?.Invoke(batch);
        }));
        while (await database.ScalarAsync<long>($"select count(*) from pg_locks where locktype = 'advisory' and objid = {key} and not granted") == 0)
        {
            if (task.IsCompleted)
                await task;
            await Task.Delay(2);
        }

        return new HeldAppend(gate, held, task);
    }

    /// <summary>Lets the transaction end; returns its result.</summary>
    public async Task<AppendResult> LetGoAsync()
    {
        await _held.RollbackAsync();
        return await Result;
    }

    public async ValueTask DisposeAsync()
    {
        await _held.DisposeAsync();
        await _gate.DisposeAsync();
        await Result.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
