using Ente.Orleans.Testing;
using Npgsql;
using Xunit;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>
/// Fences broken on purpose. Transaction ids are the whole cluster's: one wrong fence shows only as long as no other transaction has
/// ended above the slow writer's, so nothing else may run meanwhile.
/// </summary>
[Collection(nameof(QuietCluster))]
public sealed class SabotageTests : IAsyncLifetime
{
    public Task InitializeAsync() => TestCluster.AutovacuumAsync(on: false);

    public Task DisposeAsync() => TestCluster.AutovacuumAsync(on: true);

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
              array[null::text], array[null::jsonb], array[]::text[], array[]::bigint[])
            """, connection).ExecuteNonQueryAsync();
        await fast.CommitAsync();
        // A broken fence lets both readers pass; give them the time to. A sound one must not, however long it takes.
        for (var wait = 0; wait < (skips ? 1000 : 20) && (readers.BySequence.Count == 0 || readers.ByTime.Count == 0); wait++)
            await Task.Delay(10);
        await slow.LetGoAsync();

        await stop.CancelAsync();
        await reading;
        var all = await db.RowsAsync("select seq_id from events.mt_events order by seq_id", r => r.GetInt64(0));
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
}

[CollectionDefinition(nameof(QuietCluster), DisableParallelization = true)]
public sealed class QuietCluster;
