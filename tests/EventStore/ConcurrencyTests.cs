using Ente.Orleans.Testing;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Xunit;
using Xunit.Abstractions;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>What holds however writers, readers and crashes interleave, on a real PostgreSQL.</summary>
public sealed class ConcurrencyTests(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_writers_do_nothing_is_lost_repeated_skipped_or_out_of_order()
    {
        var shapes =
            from writers in Gen.Choose(2, 10)
            from shared in Gen.Choose(1, 4)
            from abort in Gen.Elements(0, 10, 30)
            from slow in Gen.Elements(5, 20, 50)
            from kills in Gen.Elements(false, true)
            select new LoadShape(writers, shared, abort, slow, kills);
        Prop.ForAll(shapes.ToArbitrary(), shape => HoldsAsync(shape).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5));
    }

    [Fact]
    public async Task The_worst_of_all_shapes_at_once() => await HoldsAsync(new LoadShape(12, 2, 20, 30, Kills: true));

    private async Task<bool> HoldsAsync(LoadShape shape)
    {
        await using var db = await TestDatabase.CreateAsync();
        await db.ExecuteAsync(Noting.Table);
        var store = new PostgresEventStore(db.DataSource, Types());
        var horizon = new Horizon(db.DataSource);
        var load = new Load(db, store, shape);
        var readers = new Readers(db, horizon);
        var options = new SubscriptionOptions
        {
            BatchSize = 50,
            LeaseTime = TimeSpan.FromMilliseconds(500),
            PollInterval = TimeSpan.FromMilliseconds(100),
            FirstPause = TimeSpan.FromMilliseconds(5),
        };
        // Two processes' worth of runners, taking the lease from each other.
        using var stopRunners = new CancellationTokenSource();
        var first = new SubscriptionRunner(db.DataSource, store, horizon, [new Noting("n")], options).RunAsync(stopRunners.Token);
        var second = RestartAsync(
            () => new SubscriptionRunner(db.DataSource, store, new Horizon(db.DataSource), [new Noting("n")], options), stopRunners.Token);
        using var stopReaders = new CancellationTokenSource();
        var reading = readers.RunAsync(stopReaders.Token);

        await load.RunAsync(TimeSpan.FromSeconds(1));
        await stopReaders.CancelAsync();
        await reading;
        var all = await SequencesAsync(db);
        for (var wait = 0; wait < 500 && await db.ScalarAsync<long>("select count(*) from handled") < all.Count; wait++)
            await Task.Delay(20);
        await stopRunners.CancelAsync();
        await Task.WhenAll(first, second);

        output.WriteLine($"{shape}: {load.Summary}, {await db.ScalarAsync<long>("select count(distinct xmin::text) from handled")} batches");
        Assert.True(load.HadItsTrouble || shape is { Kills: true, SlowPercent: 5 }, load.Summary);
        Assert.Equal(all, readers.BySequence);
        Assert.Equal(all, readers.ByTime.Order());
        Assert.Equal(all, await db.RowsAsync("select sequence from handled order by place", r => r.GetInt64(0)));
        await StreamsAreWholeAsync(db);
        await AcknowledgedIsThereAsync(db, load);
        return true;
    }

    // A runner that is stopped and started again all the time.
    private static async Task RestartAsync(Func<SubscriptionRunner> make, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(stop);
            life.CancelAfter(Random.Shared.Next(50, 300));
            await make().RunAsync(life.Token);
        }
    }

    private static async Task StreamsAreWholeAsync(TestDatabase db)
    {
        var events = await db.RowsAsync(
            "select stream_id, version, seq_id, store.to_us(timestamp) from events.mt_events order by stream_id, seq_id",
            r => (Stream: r.GetString(0), Version: r.GetInt64(1), Sequence: r.GetInt64(2), Time: r.GetInt64(3)));
        foreach (var stream in events.GroupBy(e => e.Stream))
        {
            // In the order of sequence numbers the versions are 1, 2, 3... and the times never fall.
            Assert.Equal(Enumerable.Range(1, stream.Count()).Select(v => (long)v), stream.Select(e => e.Version));
            Assert.All(stream.Zip(stream.Skip(1)), pair => Assert.True(pair.First.Time <= pair.Second.Time));
        }

        Assert.Empty(await db.RowsAsync("""
            select s.id from events.mt_streams s
            where s.version is distinct from (select max(e.version) from events.mt_events e where e.stream_id = s.id)
               or s.timestamp is distinct from (select max(e.timestamp) from events.mt_events e where e.stream_id = s.id)
            """, r => r.GetString(0)));
        // Appends to one stream have different times.
        Assert.Empty(await db.RowsAsync("""
            select stream_id from events.mt_events group by stream_id, timestamp having count(distinct xmin::text) > 1
            """, r => r.GetString(0)));
    }

    private static async Task AcknowledgedIsThereAsync(TestDatabase db, Load load)
    {
        var stored = (await db.RowsAsync(
                "select stream_id, version, seq_id, store.to_us(timestamp), data->>'Number' from events.mt_events",
                r => (Key: (r.GetString(0), r.GetInt64(1)), Sequence: r.GetInt64(2), Time: r.GetInt64(3), Number: r.GetString(4))))
            .ToDictionary(e => e.Key);
        foreach (var (append, result) in load.Acknowledged)
        {
            for (var i = 0; i < append.Events.Count; i++)
            {
                var found = stored[(append.Stream, append.ExpectedVersion + i + 1)];
                Assert.Equal(((SomethingHappened)append.Events[i].Data).Number.ToString(), found.Number);
                Assert.Equal(result.TimeMicros, found.Time);
                Assert.InRange(found.Sequence, result.FirstSequence, result.LastSequence);
            }
        }
    }

    private static Task<List<long>> SequencesAsync(TestDatabase db) =>
        db.RowsAsync("select seq_id from events.mt_events order by seq_id", r => r.GetInt64(0));
}
