using Ente.Orleans.Testing;
using Npgsql;
using Xunit;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

public sealed class HorizonTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private TestDatabase _db = null!;
    private PostgresEventStore _store = null!;
    private Horizon _horizon = null!;

    public async Task InitializeAsync()
    {
        _db = await TestDatabase.CreateAsync();
        _store = new PostgresEventStore(_db.DataSource, Types());
        _horizon = new Horizon(_db.DataSource);
    }

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task An_empty_store_is_safe_up_to_nothing()
    {
        Assert.Equal(0, (await _horizon.WaitAsync(Long, default)).Sequence);
    }

    [Fact]
    public async Task What_has_been_committed_is_covered_at_once()
    {
        for (var i = 0; i < 20; i++)
        {
            var append = await _store.AppendAsync([Append("s-1", i, new SomethingHappened(1, i))], null);
            var safe = await _horizon.WaitAsync(Long, default);
            Assert.True(safe.IsCurrent);
            Assert.Equal(append.LastSequence, safe.Sequence);
            Assert.True(safe.TimeMicros >= append.TimeMicros);
        }
    }

    [Fact]
    public async Task When_all_is_quiet_one_query_suffices_and_callers_share_it()
    {
        // The notifier's own transaction is exempt, but let it pass all the same.
        await _horizon.WaitAsync(Long, default);
        var before = _horizon.Queries;
        await _horizon.WaitAsync(Long, default);
        Assert.Equal(1, _horizon.Queries - before);

        before = _horizon.Queries;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _horizon.WaitAsync(Long, default)));
        Assert.InRange(_horizon.Queries - before, 1, 20);
    }

    [Fact]
    public async Task A_writer_in_progress_is_waited_for()
    {
        // The lone writer has the highest transaction id of all: a snapshot's own lists do not show it.
        await using var slow = await HoldAsync();
        var waiting = _horizon.WaitAsync(Long, default);
        await Task.Delay(150);
        Assert.False(waiting.IsCompleted);
        var append = await slow.LetGoAsync();
        var safe = await waiting;
        Assert.True(safe.IsCurrent);
        Assert.Equal(append.LastSequence, safe.Sequence);
        Assert.True(safe.TimeMicros >= append.TimeMicros);
    }

    [Fact]
    public async Task A_faster_writer_does_not_carry_the_horizon_over_a_slower_one()
    {
        var known = await _store.AppendAsync([Append("before", 0, new SomethingHappened(0, 0))], null);
        await _horizon.WaitAsync(Long, default);
        await using var slow = await HoldAsync();
        var fast = await _store.AppendAsync([Append("fast", 0, new SomethingHappened(1, 1))], null);

        var safe = await _horizon.WaitAsync(TimeSpan.FromMilliseconds(100), default);
        Assert.False(safe.IsCurrent);
        Assert.Equal(known.LastSequence, safe.Sequence);
        Assert.True(safe.TimeMicros < fast.TimeMicros);

        var late = await slow.LetGoAsync();
        Assert.True(late.LastSequence < fast.LastSequence && late.TimeMicros < fast.TimeMicros);
        safe = await _horizon.WaitAsync(Long, default);
        Assert.True(safe.IsCurrent);
        Assert.Equal(fast.LastSequence, safe.Sequence);
    }

    [Fact]
    public async Task A_writer_that_waits_for_a_stream_has_its_place_already()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1)), Append("s-2", 0, new SomethingHappened(1, 1))], null);
        // Holds the stream without holding up the horizon.
        await using var connection = await _db.DataSource.OpenConnectionAsync();
        await using var holder = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("select store.exempt_from_horizon(); select 1 from events.mt_streams where id = 's-1' for update", connection)
            .ExecuteNonQueryAsync();
        var append = _store.AppendAsync([Append("s-2", 1, new SomethingHappened(2, 1)), Append("s-1", 1, new SomethingHappened(2, 1))], null);
        while (await _db.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            await Task.Delay(2);
        await _store.AppendAsync([Append("s-3", 0, new SomethingHappened(3, 1))], null);

        var safe = await _horizon.WaitAsync(TimeSpan.FromMilliseconds(100), default);
        await holder.RollbackAsync();
        Assert.False(safe.IsCurrent);
        Assert.True(safe.TimeMicros < (await append).TimeMicros);
    }

    [Fact]
    public async Task Without_an_older_point_it_says_so_rather_than_guess()
    {
        await using var slow = await HoldAsync();
        Assert.Equal(new SafePoint(0, 0), await _horizon.WaitAsync(TimeSpan.FromMilliseconds(50), default));
        await slow.LetGoAsync();
    }

    [Fact]
    public async Task Numbers_lost_by_a_rollback_are_waited_for_by_nobody()
    {
        await Assert.ThrowsAsync<PostgresException>(() => _store.AppendAsync(
            [Append("s-1", 0, new SomethingHappened(1, 1))], batch => batch.BatchCommands.Add(new NpgsqlBatchCommand("select 1 / 0"))));
        var safe = await _horizon.WaitAsync(Long, default);
        Assert.Equal(1, safe.Sequence);
        Assert.True(safe.IsCurrent);
    }

    [Fact]
    public async Task Any_other_transaction_that_writes_is_waited_for_unless_it_forswears_events()
    {
        await using var connection = await _db.DataSource.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await new NpgsqlCommand("select pg_current_xact_id()", connection).ExecuteNonQueryAsync();
            Assert.False((await _horizon.WaitAsync(TimeSpan.FromMilliseconds(100), default)).IsCurrent);
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await new NpgsqlCommand("select store.exempt_from_horizon(); select pg_current_xact_id()", connection).ExecuteNonQueryAsync();
            Assert.True((await _horizon.WaitAsync(Long, default)).IsCurrent);
        }

        // It ends with the transaction.
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await new NpgsqlCommand("select pg_current_xact_id()", connection).ExecuteNonQueryAsync();
            Assert.False((await _horizon.WaitAsync(TimeSpan.FromMilliseconds(100), default)).IsCurrent);
        }
    }

    [Fact]
    public async Task A_transaction_of_another_database_of_the_cluster_is_not_waited_for()
    {
        await using var other = await TestDatabase.CreateEmptyAsync();
        await using var connection = await other.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("select pg_current_xact_id()", connection).ExecuteNonQueryAsync();

        var append = await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], null);
        var safe = await _horizon.WaitAsync(Long, default);
        Assert.True(safe.IsCurrent);
        Assert.Equal(append.LastSequence, safe.Sequence);
    }

    [Fact]
    public async Task A_role_that_sees_no_foreign_sessions_waits_for_their_writers_all_the_same()
    {
        var role = _db.Name + "_reader";
        await _db.ExecuteAsync($"""
            create role {role} login; grant usage on schema store, events to {role}; grant select on all sequences in schema store, events to {role};
            """);
        await using (var asReader = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder((await TestCluster.ConnectionToAsync(_db.Name)).ConnectionString) { Username = role }))
        {
            var horizon = new Horizon(asReader);
            Assert.True((await horizon.WaitAsync(Long, default)).IsCurrent);
            await using var slow = await HoldAsync();
            Assert.False((await horizon.WaitAsync(TimeSpan.FromMilliseconds(100), default)).IsCurrent);
            var append = await slow.LetGoAsync();
            Assert.Equal(append.LastSequence, (await horizon.WaitAsync(Long, default)).Sequence);
        }

        await _db.ExecuteAsync($"drop owned by {role}; drop role {role}");
    }

    [Fact]
    public async Task The_fence_refuses_a_transaction_in_which_it_would_be_wrong()
    {
        await using var connection = await _db.DataSource.OpenConnectionAsync();
        foreach (var begin in new[] { "begin isolation level repeatable read", "begin; select pg_current_xact_id()" })
        {
            await new NpgsqlCommand(begin, connection).ExecuteNonQueryAsync();
            var error = await Assert.ThrowsAsync<PostgresException>(
                () => new NpgsqlCommand("select * from store.fence()", connection).ExecuteNonQueryAsync());
            Assert.Equal("EO002", error.SqlState);
            await new NpgsqlCommand("rollback", connection).ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_clock_set_back_does_not_lower_the_safe_time()
    {
        var ahead = await _db.ScalarAsync<long>("select setval('store.last_time', store.to_us(clock_timestamp() + interval '1 hour'))");
        var before = await _horizon.WaitAsync(Long, default);
        Assert.Equal(ahead, before.TimeMicros);
        var append = await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], null);
        Assert.True(append.TimeMicros > before.TimeMicros);
        Assert.True((await _horizon.WaitAsync(Long, default)).TimeMicros >= append.TimeMicros);
    }

    [Fact]
    public async Task When_the_database_cannot_be_asked_every_caller_is_told()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=/nowhere;Username=x");
        var horizon = new Horizon(nowhere);
        var all = Enumerable.Range(0, 3).Select(_ => horizon.WaitAsync(Long, default)).ToList();
        foreach (var one in all)
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => one);
    }

    [Fact]
    public async Task Giving_up_is_prompt_and_leaves_nothing_running()
    {
        await using var slow = await HoldAsync();
        using var cancelled = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _horizon.WaitAsync(Long, cancelled.Token));
        await Task.Delay(60);
        var queries = _horizon.Queries;
        await Task.Delay(150);
        Assert.Equal(queries, _horizon.Queries);
        await slow.LetGoAsync();
    }

    private Task<HeldAppend> HoldAsync() =>
        HeldAppend.StartAsync(_db, _store, Append("held-" + Guid.NewGuid().ToString("n"), 0, new SomethingHappened(9, 9)));
}
