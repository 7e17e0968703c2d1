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
        try
        {
            await CommitTogetherAsync(batch);
        }
        catch (Exception exception) when (batch.Count > 1 && exception is not OverloadedException)
        {
            foreach (var envelope in batch) await CommitAsync([envelope]);
        }
        catch (Exception exception) when (exception is not OverloadedException)
        {
            log.LogError(exception, "{Command} failed", batch[0].Name);
            throw;
        }
    }

    private async Task CommitTogetherAsync(IReadOnlyList<Envelope> batch)
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
                var time = work.HasFacts ? await AppendAsync(work) : 0;
                foreach (var envelope in batch) envelope.Complete(time);
                return;
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
                if (work is { HasFacts: true } && await CommittedAtAsync(work, patience) is { } time)
                {
                    foreach (var envelope in batch) envelope.Complete(time);
                    return;
                }
            }
        }
    }

    private async Task<long> AppendAsync(UnitOfWork work)
    {
        var result = await store.AppendAsync(
            work.Appends(), statements => SnapshotWriter.AddTo(statements, work.State), CancellationToken.None);
        return result.TimeMicros;
    }

    // A unique index, or the last room of a plan, that two raced for: the loser decides again, and sees what the winner wrote.
    private static bool IsRace(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or SnapshotWriter.CeilingBroken };

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
internal sealed class UnitOfWork(Snapshot state)
{
    private readonly Dictionary<StreamId, (long Expected, List<NewEvent> Events)> streams = [];
    private readonly List<StreamId> order = [];

    public Snapshot State => state;

    public bool HasFacts => order.Count > 0;

    public void Decide(Envelope envelope)
    {
        var headers = envelope.Actor == 0 ? null : JsonSerializer.Serialize(new Dictionary<string, long> { ["actor"] = envelope.Actor });
        foreach (var fact in envelope.Decide(state))
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
    }

    public IReadOnlyList<StreamAppend> Appends() =>
        [.. order.Select(id => new StreamAppend(id.ToString(), id.Alias, streams[id].Expected, streams[id].Events))];
}
