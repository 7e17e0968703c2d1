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

    /// <summary>
    /// The same scenario with the fence as it is, and with fences that are wrong in a way that has to be noticed: a test of the tests.
    /// </summary>
    [Theory]
    [InlineData("", false)]
    // No waiting at all: whatever number and time there is counts as final.
    [InlineData("ended := fence;", true)]
    // The snapshot's xmax in place of the next transaction id: a lone writer with the highest id is overlooked.
    [InlineData("if ended >= v_xmax::text::bigint then ended := fence; end if;", true)]
    public async Task Readers_skip_a_slow_writer_only_if_the_fence_is_broken(string sabotage, bool skips)
    {
        await using var db = await TestDatabase.CreateAsync();
        if (sabotage.Length > 0)
            await SabotageAsync(db, sabotage);
        var store = new PostgresEventStore(db.DataSource, Types());
        var readers = new Readers(db, new Horizon(db.DataSource));
        using var stop = new CancellationTokenSource();
        var reading = readers.RunAsync(stop.Token);

        // The fast writer has the smaller transaction id and the greater number: the slow one overtook it in between. So once it has
        // committed, nothing has ended above the slow one's id.
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var fast = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("select pg_current_xact_id()", connection).ExecuteNonQueryAsync();
        await using var slow = await HeldAppend.StartAsync(db, store, Append("slow", 0, new SomethingHappened(1, 1)));
        await new NpgsqlCommand("""
            select * from store.append(array['fast'], array['sample'], array[0::bigint], array[1::bigint], 0, array['fast'], array[1::bigint],
              array[gen_random_uuid()], array['something_else_happened'], array['x'], array['{"What": "x"}'::jsonb], array[null::text],
              array[null::text], array[null::jsonb])
            """, connection).ExecuteNonQueryAsync();
        await fast.CommitAsync();
        // A broken fence lets both readers pass; give them the time to. A sound one must not, however long it takes.
        for (var wait = 0; wait < (skips ? 1000 : 20) && (readers.BySequence.Count == 0 || readers.ByTime.Count == 0); wait++)
            await Task.Delay(10);
        await slow.LetGoAsync();

        await stop.CancelAsync();
        await reading;
        var all = await SequencesAsync(db);
        Assert.Equal(2, all.Count);
        Assert.Equal(skips ? [all[1]] : all, readers.BySequence);
        Assert.Equal(skips ? [all[1]] : all, readers.ByTime);
    }

    private static async Task SabotageAsync(TestDatabase db, string sabotage)
    {
        var source = await db.ScalarAsync<string>("select pg_get_functiondef('store.fence()'::regprocedure)");
        const string place = "if ended >= fence then";
        Assert.Contains(place, source);
        await db.ExecuteAsync(source.Replace(place, sabotage + place));
    }

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
