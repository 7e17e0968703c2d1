using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>Works on one subscription whenever it holds its lease.</summary>
internal sealed class SubscriptionWorker(
    ISubscription subscription, NpgsqlDataSource database, PostgresEventStore store, Horizon horizon, AppendListener listener,
    SubscriptionOptions options, ILogger log)
{
    private readonly SubscriptionLease _lease = new(database, subscription.Name, options);

    // Null: the lease is not ours, or it is not known where the subscription stands.
    private SubscriptionState? _state;
    private long _retryAt;
    private long _requeuedCheckedAt;
    private int _disturbances;

    /// <summary>How long a turn may wait without the lease running out.</summary>
    private TimeSpan Nap => options.PollInterval < options.LeaseTime / 3 ? options.PollInterval : options.LeaseTime / 3;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var registered = false;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (!registered)
                    await _lease.RegisterAsync(cancellation);
                registered = true;
                await TurnAsync(cancellation);
                _disturbances = 0;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                // The database, not the handler: nothing is lost, and the row says where to go on.
                _state = null;
                log.LogWarning(e, "Subscription {Name} is disturbed; going on in a moment", subscription.Name);
                await WaitAsync(options.PauseAfter(++_disturbances), cancellation);
            }
        }

        try
        {
            await _lease.ReleaseAsync();
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            log.LogInformation(e, "The lease of subscription {Name} could not be given back; it runs out by itself", subscription.Name);
        }
    }

    // One thing at a time: taking the lease, waiting, or handling one batch.
    private async Task TurnAsync(CancellationToken cancellation)
    {
        // Taken before looking, so that what comes while looking is not slept through.
        var news = listener.Next;
        if (_state is null || _lease.IsRenewalDue)
        {
            _state = await _lease.TakeAsync(cancellation);
            _retryAt = _state is null ? 0 : Stopwatch.GetTimestamp() + (long)(_state.Pause.TotalSeconds * Stopwatch.Frequency);
        }

        if (_state is null)
        {
            // Notifications come for every append; asking for the lease that often helps nobody.
            await WaitAsync(Nap / 10, cancellation);
            await WaitAsync(Nap, cancellation, news);
            return;
        }

        if (Stopwatch.GetTimestamp() < _retryAt)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _retryAt);
            await WaitAsync(left < Nap ? left : Nap, cancellation);
            return;
        }

        if (Stopwatch.GetElapsedTime(_requeuedCheckedAt) > options.PollInterval && await HandleRequeuedAsync(cancellation))
            return;

        var safe = await horizon.WaitAsync(Nap, cancellation);
        var size = _state.IsolateUntil > _state.Sequence ? 1 : options.BatchSize;
        var page = await store.ReadPageAsync(_state.Sequence, safe.Sequence, size, cancellation);
        if (page.Count > 0)
            await HandleAsync(_state, page, cancellation);
        else if (!await HandleRequeuedAsync(cancellation) && safe.IsCurrent)
            await WaitAsync(Nap, cancellation, news);
    }

    private async Task HandleAsync(SubscriptionState state, List<EncodedEvent> page, CancellationToken cancellation)
    {
        var events = new List<StoredEvent>();
        Exception? failure = null;
        foreach (var encoded in page)
        {
            try
            {
                events.Add(store.Decode(encoded));
            }
            catch (UnknownEventException e)
            {
                failure = e;
                break;
            }
            catch (JsonException e)
            {
                failure = e;
                break;
            }
        }

        if (events.Count == 0 && failure is UnknownEventException)
        {
            await StandAsideAsync(state, page[0], failure, cancellation);
            return;
        }

        // Those before one that cannot be read are handled first.
        var handled = page.GetRange(0, Math.Max(events.Count, 1));
        try
        {
            if (events.Count == 0)
                throw failure!;
            _state = await HandleInTransactionAsync(state, events, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            await FailAsync(state, handled, e, cancellation);
        }
    }

    private async Task<SubscriptionState?> HandleInTransactionAsync(
        SubscriptionState state, List<StoredEvent> events, CancellationToken cancellation)
    {
        var to = events[^1].Sequence;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (!await _lease.MoveAsync(connection, state.Sequence, to, cancellation))
            return null;
        await subscription.HandleAsync(events, connection, transaction, cancellation);
        await transaction.CommitAsync(cancellation);
        return new SubscriptionState(to, 0, state.IsolateUntil > to ? state.IsolateUntil : null, TimeSpan.Zero);
    }

    private async Task FailAsync(SubscriptionState state, List<EncodedEvent> handled, Exception e, CancellationToken cancellation)
    {
        // Where it stands now is in the row: a commit whose answer was lost has moved it, and another may have taken over.
        _state = await _lease.TakeAsync(cancellation);
        if (_state is null || _state.Sequence != state.Sequence)
            return;

        var (first, last) = (handled[0].Sequence, handled[^1].Sequence);
        // A database that is down or restarting says nothing about the events; they are not given up for it.
        if (e is NpgsqlException { IsTransient: true })
        {
            log.LogWarning(e, "Subscription {Name} could not handle events {First} to {Last}; the database is to blame", subscription.Name, first, last);
            await NoteAsync(state.Failures, state.IsolateUntil, options.PauseAfter(++_disturbances));
            return;
        }

        var failures = state.Failures + 1;
        log.LogWarning(e, "Subscription {Name} failed at events {First} to {Last}, attempt {Attempt}", subscription.Name, first, last, failures);
        if (failures < options.Attempts)
            await NoteAsync(failures, state.IsolateUntil, options.PauseAfter(failures));
        else if (handled.Count > 1)
            await NoteAsync(0, last, TimeSpan.Zero);
        else
            await BuryAsync(state, handled[0], failures, e, cancellation);

        async Task NoteAsync(int count, long? isolateUntil, TimeSpan pause)
        {
            await _lease.NoteFailureAsync(state.Sequence, count, isolateUntil, pause, Describe(e), cancellation);
            // Read again, with what has just been noted.
            _state = null;
        }
    }

    private async Task BuryAsync(SubscriptionState state, EncodedEvent dead, int attempts, Exception e, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        _state = null;
        if (!await _lease.MoveAsync(connection, state.Sequence, dead.Sequence, cancellation))
            return;
        await using var insert = new NpgsqlCommand("""
            insert into store.dead_letters (subscription, sequence, stream, version, type, attempts, error)
            values ($1, $2, $3, $4, $5, $6, $7)
            """, connection);
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subscription.Name });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = dead.Sequence });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = dead.Stream });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = dead.Version });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = dead.Alias });
        insert.Parameters.Add(new NpgsqlParameter<int> { TypedValue = attempts });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Describe(e) });
        await insert.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        log.LogError(e, "Subscription {Name} gave up event {Sequence} ({Alias} of {Stream}); it is among the dead letters",
            subscription.Name, dead.Sequence, dead.Alias, dead.Stream);
    }

    // An event of a newer program: no fault of the event, so it waits, and a newer process may take over.
    private async Task StandAsideAsync(SubscriptionState state, EncodedEvent unknown, Exception e, CancellationToken cancellation)
    {
        log.LogError(e, "Subscription {Name} stands at event {Sequence}, which this program does not know ({Alias})",
            subscription.Name, unknown.Sequence, unknown.Alias);
        await _lease.NoteFailureAsync(state.Sequence, state.Failures, state.IsolateUntil, TimeSpan.Zero, Describe(e), cancellation);
        await _lease.ReleaseAsync();
        _state = null;
        await WaitAsync(options.LeaseTime, cancellation);
    }

    private async Task<bool> HandleRequeuedAsync(CancellationToken cancellation)
    {
        _requeuedCheckedAt = Stopwatch.GetTimestamp();
        await using var command = database.CreateCommand("""
            select sequence from store.dead_letters where subscription = $1 and requeued_at is not null order by sequence limit 1
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subscription.Name });
        if (await command.ExecuteScalarAsync(cancellation) is not long sequence)
            return false;

        // More may be waiting: look again in the next turn.
        _requeuedCheckedAt = 0;
        try
        {
            var page = await store.ReadPageAsync(sequence - 1, sequence, 1, cancellation);
            await HandleRequeuedInTransactionAsync(sequence, [.. page.Select(store.Decode)], cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException && e is not NpgsqlException { IsTransient: true })
        {
            log.LogWarning(e, "Subscription {Name} failed again at the requeued event {Sequence}", subscription.Name, sequence);
            await using var back = database.CreateCommand("""
                update store.dead_letters set requeued_at = null, attempts = attempts + 1, error = $3, failed_at = now()
                where subscription = $1 and sequence = $2
                """);
            back.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subscription.Name });
            back.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sequence });
            back.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Describe(e) });
            await back.ExecuteNonQueryAsync(cancellation);
        }

        return true;
    }

    private async Task HandleRequeuedInTransactionAsync(long sequence, List<StoredEvent> events, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (!await _lease.HoldAsync(connection, cancellation))
        {
            _state = null;
            return;
        }

        await using var delete = new NpgsqlCommand(
            "delete from store.dead_letters where subscription = $1 and sequence = $2 and requeued_at is not null", connection);
        delete.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subscription.Name });
        delete.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sequence });
        if (await delete.ExecuteNonQueryAsync(cancellation) == 0)
            return;
        if (events.Count > 0)
            await subscription.HandleAsync(events, connection, transaction, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static string Describe(Exception e) => $"{e.GetType().Name}: {e.Message}";

    private static async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation, Task? orUntil = null)
    {
        var wait = orUntil is null ? Task.Delay(atMost, cancellation) : orUntil.WaitAsync(atMost, cancellation);
        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
