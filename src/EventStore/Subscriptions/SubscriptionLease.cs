using System.Diagnostics;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>Where a subscription stands, as its row says.</summary>
/// <param name="Sequence">Handled up to here.</param>
/// <param name="Failures">Failed attempts at what comes next.</param>
/// <param name="IsolateUntil">One event at a time up to here, or null.</param>
/// <param name="Pause">Time left until the next attempt.</param>
internal sealed record SubscriptionState(long Sequence, int Failures, long? IsolateUntil, TimeSpan Pause);

/// <summary>
/// The right to work on a subscription. It runs out when its holder gives no sign of life, and then passes to whoever asks. That alone
/// would let a holder that was only slow work beside the next one; what makes handling exact is that every transaction moves the
/// checkpoint from the value, and under the owner, that it began with, and finds no row otherwise.
/// </summary>
internal sealed class SubscriptionLease(NpgsqlDataSource database, string name, SubscriptionOptions options)
{
    private const string Columns = """
        s.sequence, s.failures, s.isolate_until,
        greatest(0, extract(epoch from s.retry_at - clock_timestamp()))::float8
        """;

    private readonly Guid _owner = Guid.NewGuid();
    private long _renewed;

    /// <summary>
    /// Takes the lease, or keeps it, and says where the subscription stands; null when another holds it. A row locked by a transaction
    /// in progress is another's: a handler may take longer than the lease lasts.
    /// </summary>
    public async Task<SubscriptionState?> TakeAsync(CancellationToken cancellation)
    {
        var at = Stopwatch.GetTimestamp();
        await using var command = database.CreateCommand($"""
            with free as (
              select f.name from store.subscriptions f
              where f.name = $1 and (f.lease_owner is null or f.lease_owner = $2 or f.lease_until < clock_timestamp())
              for update skip locked
            )
            update store.subscriptions s
            set lease_owner = $2, lease_until = clock_timestamp() + $3
            from free where s.name = free.name
            returning {Columns}
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _owner });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.LeaseTime });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        _renewed = at;
        return new SubscriptionState(
            reader.GetInt64(0), reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetInt64(2),
            reader.IsDBNull(3) ? TimeSpan.Zero : TimeSpan.FromSeconds(reader.GetDouble(3)));
    }

    /// <summary>Makes the subscription's row on its first run.</summary>
    public async Task RegisterAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into store.subscriptions (name) values ($1) on conflict (name) do nothing");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Whether the lease has to be renewed by now.</summary>
    public bool IsRenewalDue => Stopwatch.GetElapsedTime(_renewed) > options.LeaseTime / 3;

    /// <summary>Gives the lease back, if it is ours.</summary>
    public async Task ReleaseAsync()
    {
        await using var command = database.CreateCommand(
            "update store.subscriptions set lease_owner = null, lease_until = null where name = $1 and lease_owner = $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _owner });
        await command.ExecuteNonQueryAsync();
        await AppendNotifier.SendAsync(database, CancellationToken.None);
    }

    /// <summary>
    /// Begins the transaction in which events are handled: moves the checkpoint and renews the lease. False: the subscription is
    /// no longer ours, or no longer where we think. From here to the end of the transaction the row is locked.
    /// </summary>
    public async Task<bool> MoveAsync(NpgsqlConnection connection, long from, long to, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select store.exempt_from_horizon()"));
        var move = new NpgsqlBatchCommand("""
            update store.subscriptions
            set sequence = $4, lease_until = clock_timestamp() + $5, failures = 0, retry_at = null, last_error = null,
                isolate_until = case when isolate_until > $4 then isolate_until end, updated_at = now()
            where name = $1 and lease_owner = $2 and sequence = $3
            """);
        move.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        move.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _owner });
        move.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
        move.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to });
        move.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.LeaseTime });
        batch.BatchCommands.Add(move);
        var at = Stopwatch.GetTimestamp();
        await batch.ExecuteNonQueryAsync(cancellation);
        if (move.RecordsAffected == 0)
            return false;
        _renewed = at;
        return true;
    }

    /// <summary>Locks the subscription's row for a transaction that leaves the checkpoint where it is. False: it is no longer ours.</summary>
    public async Task<bool> HoldAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select store.exempt_from_horizon()"));
        var hold = new NpgsqlBatchCommand(
            "update store.subscriptions set lease_until = clock_timestamp() + $3 where name = $1 and lease_owner = $2");
        hold.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        hold.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _owner });
        hold.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.LeaseTime });
        batch.BatchCommands.Add(hold);
        await batch.ExecuteNonQueryAsync(cancellation);
        return hold.RecordsAffected > 0;
    }

    /// <summary>Notes a failed attempt at what comes after the checkpoint, if the subscription is still ours and still there.</summary>
    public async Task NoteFailureAsync(long from, int failures, long? isolateUntil, TimeSpan pause, string error, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            update store.subscriptions
            set failures = $4, isolate_until = $5, retry_at = clock_timestamp() + $6, last_error = $7, lease_until = clock_timestamp() + $8,
                updated_at = now()
            where name = $1 and lease_owner = $2 and sequence = $3
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _owner });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = failures });
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = isolateUntil });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = pause });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = error });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.LeaseTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
