using System.Collections.Concurrent;
using Ente.Orleans.Testing;
using Npgsql;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>What a run of concurrent writers looks like.</summary>
/// <param name="Writers">Writers at the same time.</param>
/// <param name="SharedStreams">Streams they all append to.</param>
/// <param name="AbortPercent">Appends whose inline statement fails.</param>
/// <param name="SlowPercent">Appends that keep their transaction open for a while.</param>
/// <param name="Kills">Whether connections of writers are cut in mid-transaction.</param>
public sealed record LoadShape(int Writers, int SharedStreams, int AbortPercent, int SlowPercent, bool Kills);

/// <summary>
/// Writers that append to streams of their own and to shared ones until told to stop, and what they were told had been stored.
/// </summary>
public sealed class Load(TestDatabase database, PostgresEventStore store, LoadShape shape)
{
    /// <summary>Appends that were acknowledged, with their first versions.</summary>
    public ConcurrentBag<(StreamAppend Append, AppendResult Result)> Acknowledged { get; } = [];

    private int _conflicts;
    private int _aborts;
    private int _kills;

    public string Summary => $"{Acknowledged.Count} appends, {_conflicts} conflicts, {_aborts} aborts, {_kills} lost connections";

    /// <summary>Whether every kind of trouble that the shape asks for has come about.</summary>
    public bool HadItsTrouble => !Acknowledged.IsEmpty && (shape.AbortPercent == 0 || _aborts > 0) && (!shape.Kills || _kills > 0);

    public async Task RunAsync(TimeSpan duration)
    {
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, shape.Writers).Select(w => Task.Run(() => WriteAsync(w, stop.Token))).ToList();
        if (shape.Kills)
            writers.Add(Task.Run(() => KillAsync(stop.Token)));
        await Task.Delay(duration);
        // On a busy machine that may be over before anything got into trouble; without, there is nothing to hold.
        for (var longer = 0; !HadItsTrouble && longer < 250; longer++)
            await Task.Delay(20);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private async Task WriteAsync(int writer, CancellationToken stop)
    {
        var random = new Random(writer);
        for (var number = 0L; !stop.IsCancellationRequested; number++)
        {
            List<StreamAppend> appends = [];
            try
            {
                appends = await PlanAsync(writer, number, random);
                var result = await store.AppendAsync(appends, batch => Trouble(batch, random), CancellationToken.None);
                foreach (var append in appends)
                    Acknowledged.Add((append, result));
            }
            catch (VersionConflictException)
            {
                Interlocked.Increment(ref _conflicts);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
            {
                Interlocked.Increment(ref _aborts);
            }
            catch (NpgsqlException) when (shape.Kills)
            {
                // Stored or not, nobody knows.
                Interlocked.Increment(ref _kills);
            }

            if (random.Next(3) == 0)
                await Task.Delay(random.Next(5), CancellationToken.None);
        }
    }

    // One to three streams at the versions they are at, in any order.
    private async Task<List<StreamAppend>> PlanAsync(int writer, long number, Random random)
    {
        var streams = new List<string> { random.Next(2) == 0 ? $"own-{writer}" : $"new-{writer}-{number}" };
        if (random.Next(2) == 0)
            streams.AddRange(Enumerable.Range(0, shape.SharedStreams).OrderBy(_ => random.Next()).Take(random.Next(1, 3)).Select(s => $"shared-{s}"));
        var appends = new List<StreamAppend>();
        foreach (var stream in streams.OrderBy(_ => random.Next()))
        {
            var version = (await store.StreamStateAsync(stream))?.Version ?? 0;
            appends.Add(Append(stream, version, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new SomethingHappened(writer, number))]));
        }

        return appends;
    }

    private void Trouble(NpgsqlBatch batch, Random random)
    {
        if (random.Next(100) < shape.SlowPercent)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(FormattableString.Invariant($"select pg_sleep({random.Next(5, 80) / 1000.0})")));
        if (random.Next(100) < shape.AbortPercent)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select 1 / 0"));
    }

    private async Task KillAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(40, CancellationToken.None);
            await database.ExecuteAsync("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and wait_event = 'PgSleep'
                order by random() limit 1
                """);
        }
    }
}
