using System.Diagnostics;
using System.Text.Json;
using Ente.Orleans.Domain;
using Ente.Orleans.EventStore;
using Ente.Orleans.Projections;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ente.Orleans.Grains;

/// <summary>
/// Load, decide, commit: the rows of a whole batch in one round trip, its decisions one after the
/// other on the advancing state, its events and rows in one transaction of one more round trip.
/// </summary>
public sealed class BatchCommitter(
    PostgresEventStore store, SnapshotLoader loader, GrainOptions options, ILogger<BatchCommitter> log)
{
    /// <summary>Every command of the batch is completed or failed when this returns; it does not throw.</summary>
    internal async Task CommitAsync(IReadOnlyList<Envelope> batch)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await CommitOrSplitAsync(batch);
        }
        catch (Exception exception)
        {
            foreach (var envelope in batch) envelope.Fail(exception);
        }

        GrainMetrics.BatchSize.Record(batch.Count);
        GrainMetrics.CommitTime.Record(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    // What one command breaks must not take the others with it: a batch that can not be committed
    // is tried command by command, and only the culprit fails.
    private async Task CommitOrSplitAsync(IReadOnlyList<Envelope> batch)
    {
        long time;
        try
        {
            time = await CommitTogetherAsync(batch);
        }
        catch (Exception exception) when (batch.Count > 1 && exception is not OverloadedException)
        {
            foreach (var envelope in batch) await CommitAsync([envelope]);
            return;
        }
        catch (Exception exception) when (exception is not OverloadedException)
        {
            log.LogError(exception, "{Command} failed", batch[0].Name);
            throw;
        }

        // Committed: whatever goes wrong from here on must not have it decided again.
        foreach (var envelope in batch) Complete(envelope, time);
    }

    private void Complete(Envelope envelope, long time)
    {
        try
        {
            envelope.Complete(time);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "{Command} is committed, and its reply failed", envelope.Name);
            envelope.Fail(exception);
        }
    }

    // Gives the time of the commit; 0 where there was nothing to commit.
    private async Task<long> CommitTogetherAsync(IReadOnlyList<Envelope> batch)
    {
        var patience = Stopwatch.StartNew();
        for (var conflicts = 0; ;)
        {
            var work = default(UnitOfWork);
            try
            {
                var needs = new Needs();
                foreach (var envelope in batch) envelope.Needs(needs);
                work = new UnitOfWork(await loader.LoadAsync(needs, CancellationToken.None));
                foreach (var envelope in batch) work.Decide(envelope);
                if (options.BeforeCommit is { } pause) await pause();
                return work.HasFacts ? await AppendAsync(work) : 0;
            }
            catch (Exception lost) when (lost is VersionConflictException || IsRace(lost))
            {
                GrainMetrics.Conflicts.Add(1);
                if (++conflicts > options.MaxBatchConflicts && batch.Count > 1) throw;
                if (conflicts > options.MaxConflicts) throw new OverloadedException("lost against other writers too often", lost);
                await Task.Delay(Random.Shared.Next(1, 5 * Math.Min(conflicts, 8)));
            }
            catch (NpgsqlException slow) when (slow.InnerException is TimeoutException
                || slow is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled })
            {
                // It would take as long again, and hold up everybody who waits for this lane.
                throw new OverloadedException("a statement took too long", slow);
            }
            catch (NpgsqlException away) when (away.IsTransient || away.InnerException is IOException or System.Net.Sockets.SocketException)
            {
                // The connection broke, perhaps after the commit: look before deciding again.
                if (patience.Elapsed > options.DatabasePatience) throw new OverloadedException("the database can not be reached", away);
                log.LogWarning("Database connection lost ({Message}); trying again", away.Message);
                await Task.Delay(Random.Shared.Next(50, 250));
                if (work is { HasFacts: true } && await CommittedAtAsync(work, patience) is { } time) return time;
            }
        }
    }

    private async Task<long> AppendAsync(UnitOfWork work)
    {
        var result = await store.AppendAsync(
            work.Appends(),
            work.Assertions(),
            statements =>
            {
                SnapshotWriter.AddGuards(statements, work.Loaded);
                SnapshotWriter.AddTo(statements, work.Loaded.Snapshot);
            },
            CancellationToken.None);
        return result.TimeMicros;
    }

    // A unique index, the last room of a plan, or a set of rows, that two raced for: the loser decides again, and sees what the winner
    // wrote.
    private static bool IsRace(Exception exception) =>
        exception is PostgresException
        {
            SqlState: PostgresErrorCodes.UniqueViolation or SnapshotWriter.CeilingBroken or SnapshotWriter.ScopeChanged,
        };

    private async Task<long?> CommittedAtAsync(UnitOfWork work, Stopwatch patience)
    {
        var first = work.Appends()[0];
        while (true)
        {
            try
            {
                await foreach (var stored in store.ReadStreamAsync(first.Stream, first.ExpectedVersion + 1, CancellationToken.None))
                    return stored.CausationId == first.Events[0].CausationId ? stored.TimeMicros : null;
                return null;
            }
            catch (NpgsqlException away) when (patience.Elapsed < options.DatabasePatience)
            {
                log.LogWarning("Database still away: {Message}", away.Message);
                await Task.Delay(Random.Shared.Next(100, 500));
            }
            catch (NpgsqlException away)
            {
                throw new OverloadedException("the database can not be reached", away);
            }
        }
    }
}

/// <summary>The state of a batch and the events decided on it so far.</summary>
internal sealed class UnitOfWork(LoadedSnapshot loaded)
{
    private readonly Snapshot state = loaded.Snapshot;
    private readonly Dictionary<StreamId, (long Expected, List<NewEvent> Events)> streams = [];
    private readonly List<StreamId> order = [];

    public LoadedSnapshot Loaded => loaded;

    public bool HasFacts => order.Count > 0;

    public void Decide(Envelope envelope)
    {
        var headers = envelope.Actor == 0 ? null : JsonSerializer.Serialize(new Dictionary<string, long> { ["actor"] = envelope.Actor });
        var needs = new Needs();
        envelope.Needs(needs);
        state.Sight.Open(needs);
        var decision = envelope.Decide(state);
        if (decision.Facts.Count == 0) return;
        foreach (var ceiling in decision.Ceilings) state.Ceilings[(ceiling.UserId, ceiling.App)] = ceiling.Limit;
        foreach (var fact in decision.Facts)
        {
            if (!streams.TryGetValue(fact.Stream, out var stream))
            {
                stream = (state.VersionOf(fact.Stream), []);
                streams.Add(fact.Stream, stream);
                order.Add(fact.Stream);
            }

            stream.Events.Add(new NewEvent(fact.Event, envelope.CorrelationId, envelope.CommandId, headers));
            state.Apply(fact.Stream, stream.Expected + stream.Events.Count, fact.Event, Micros.OfThisCommit);
        }

        // After the facts, whose rows rely on streams as well.
        state.Sight.Keep();
    }

    public IReadOnlyList<StreamAppend> Appends() =>
        [.. order.Select(id => new StreamAppend(id.ToString(), id.Alias, streams[id].Expected, streams[id].Events))];

    /// <summary>
    /// What was read and is not appended to. A stream that does not exist has no row to lock: who needs it absent makes it, and then
    /// expects version 0.
    /// </summary>
    public IReadOnlyList<StreamAssertion> Assertions() =>
    [
        .. state.Sight.Relied
            .Where(id => !streams.ContainsKey(id))
            .Select(id => new StreamAssertion(id.ToString(), state.LoadedVersionOf(id)))
            .Where(a => a.Version > 0),
    ];
}
