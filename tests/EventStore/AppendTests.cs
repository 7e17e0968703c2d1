using Ente.Orleans.Testing;
using Npgsql;
using Xunit;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

public sealed class AppendTests : IAsyncLifetime
{
    private TestDatabase _db = null!;
    private PostgresEventStore _store = null!;

    public async Task InitializeAsync()
    {
        _db = await TestDatabase.CreateAsync();
        _store = new PostgresEventStore(_db.DataSource, Types());
        await _db.ExecuteAsync("create table projected (stream text primary key, at bigint not null)");
    }

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task What_is_appended_is_read_back_in_order()
    {
        var first = await _store.AppendAsync(
            [new StreamAppend("s-1", "sample", 0,
                [new NewEvent(new SomethingHappened(1, 1, "ä\"'\n"), "correlation", "causation", """{"ip": "::1"}"""), new NewEvent(new SomethingElseHappened("x"))])],
            null);
        var second = await _store.AppendAsync([Append("s-1", 2, new SomethingHappened(1, 2))], null);

        var events = await _store.ReadStreamAsync("s-1").ToListAsync();
        Assert.Equal([1, 2, 3], events.Select(e => e.Version));
        Assert.Equal([first.FirstSequence, first.LastSequence, second.FirstSequence], events.Select(e => e.Sequence));
        Assert.Equal([first.TimeMicros, first.TimeMicros, second.TimeMicros], events.Select(e => e.TimeMicros));
        Assert.Equal(
            [new SomethingHappened(1, 1, "ä\"'\n"), new SomethingElseHappened("x"), new SomethingHappened(1, 2)], events.Select(e => e.Data));
        var told = events[0];
        Assert.Equal(("s-1", "sample", "something_happened"), (told.Stream, told.StreamType, told.Alias));
        Assert.Equal(("correlation", "causation", """{"ip": "::1"}"""), (told.CorrelationId, told.CausationId, told.HeadersJson));
        Assert.Equal((null, null, null), (events[1].CorrelationId, events[1].CausationId, events[1].HeadersJson));
        Assert.Equal(7, told.Id.Version);
        Assert.Equal([3L], (await _store.ReadStreamAsync("s-1", 3).ToListAsync()).Select(e => e.Version));
        Assert.Equal(new StreamState("s-1", "sample", 3, second.TimeMicros, false), await _store.StreamStateAsync("s-1"));
        Assert.Null(await _store.StreamStateAsync("s-2"));
    }

    [Fact]
    public async Task Rows_are_as_Marten_writes_them()
    {
        var result = await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1), new SomethingElseHappened("x"))], null);

        var row = Assert.Single(await _db.RowsAsync(
            "select data::text, mt_dotnet_type, tenant_id, is_archived, headers is null, bdata is null, correlation_id is null from events.mt_events where version = 1",
            r => (r.GetString(0), r.GetString(1), r.GetString(2), r.GetBoolean(3), r.GetBoolean(4), r.GetBoolean(5), r.GetBoolean(6))));
        Assert.Equal(
            ("""{"Number": 1, "Writer": 1}""", "Ente.Orleans.EventStore.Tests.SomethingHappened, Ente.Orleans.EventStore.Tests", "*DEFAULT*",
                false, true, true, true), row);
        var stream = Assert.Single(await _db.RowsAsync(
            "select type, version, store.to_us(timestamp), store.to_us(created), tenant_id, is_archived from events.mt_streams",
            r => (r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetString(4), r.GetBoolean(5))));
        Assert.Equal(("sample", 2L, result.TimeMicros, result.TimeMicros, "*DEFAULT*", false), stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_wrong_expected_version_is_refused(long expected)
    {
        await _store.AppendAsync([Append("s 1", 0, new SomethingHappened(1, 1), new SomethingHappened(1, 2))], null);

        var conflict = await Assert.ThrowsAsync<VersionConflictException>(
            () => _store.AppendAsync([Append("new", 0, new SomethingHappened(1, 1)), Append("s 1", expected, new SomethingHappened(1, 3))], null));
        Assert.Equal((ConflictKind.WrongVersion, "s 1", expected, 2L), (conflict.Kind, conflict.Stream, conflict.ExpectedVersion, conflict.ActualVersion));
        Assert.Equal(2, await _db.ScalarAsync<long>("select count(*) from events.mt_events"));
        Assert.Equal(1, await _db.ScalarAsync<long>("select count(*) from events.mt_streams"));
    }

    [Fact]
    public async Task A_stream_that_must_exist_and_does_not_is_a_conflict()
    {
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(
            () => _store.AppendAsync([Append("s-1", 4, new SomethingHappened(1, 1))], null));
        Assert.Equal((ConflictKind.WrongVersion, 0L), (conflict.Kind, conflict.ActualVersion));
    }

    [Fact]
    public async Task Several_streams_are_one_transaction_in_the_callers_order()
    {
        await _store.AppendAsync([Append("b", 0, new SomethingHappened(0, 0))], null);

        var result = await _store.AppendAsync(
            [Append("z", 0, new SomethingHappened(1, 1), new SomethingHappened(1, 2)), Append("b", 1, new SomethingHappened(2, 1)), Append("a", 0, new SomethingHappened(3, 1))],
            null);

        var read = (await _store.ReadAllAsync(result.FirstSequence - 1, result.LastSequence, 2).ToListAsync());
        Assert.Equal([("z", 1L), ("z", 2L), ("b", 2L), ("a", 1L)], read.Select(e => (e.Stream, e.Version)));
        Assert.Equal(Enumerable.Range((int)result.FirstSequence, 4).Select(n => (long)n), read.Select(e => e.Sequence));
        Assert.All(read, e => Assert.Equal(result.TimeMicros, e.TimeMicros));
    }

    [Fact]
    public async Task Inline_statements_share_the_transaction_and_its_time()
    {
        var result = await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], Project("s-1"));

        Assert.Equal(result.TimeMicros, await _db.ScalarAsync<long>("select at from projected"));
        // One transaction id for everything is one transaction.
        Assert.Equal(1, await _db.ScalarAsync<long>(
            "select count(distinct x) from (select xmin::text x from projected union all select xmin::text from events.mt_events union all select xmin::text from events.mt_streams) t"));
    }

    [Fact]
    public async Task A_failing_inline_statement_undoes_everything()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], Project("s-1"));

        var error = await Assert.ThrowsAsync<PostgresException>(
            () => _store.AppendAsync([Append("s-2", 0, new SomethingHappened(1, 1))], batch =>
            {
                Project("s-2")(batch);
                Project("s-1")(batch);
            }));

        Assert.Equal((PostgresErrorCodes.UniqueViolation, "projected"), (error.SqlState, error.TableName));
        Assert.Equal(1, await _db.ScalarAsync<long>("select count(*) from events.mt_events"));
        Assert.Equal(1, await _db.ScalarAsync<long>("select count(*) from projected"));
    }

    [Fact]
    public async Task An_error_that_only_the_commit_finds_is_reported()
    {
        await _db.ExecuteAsync("""
            create table late (id int primary key, other int references late deferrable initially deferred);
            """);

        var error = await Assert.ThrowsAsync<PostgresException>(() => _store.AppendAsync(
            [Append("s-1", 0, new SomethingHappened(1, 1))],
            batch => batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into late values (1, 2)"))));

        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, error.SqlState);
        Assert.Equal(0, await _db.ScalarAsync<long>("select count(*) from events.mt_events"));
    }

    [Fact]
    public async Task The_time_of_an_append_ends_with_it()
    {
        await using var connection = await _db.DataSource.OpenConnectionAsync();
        await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var command = new NpgsqlCommand("select store.now_us()", connection);
            await command.ExecuteScalarAsync();
        });
    }

    [Fact]
    public async Task Times_rise_even_when_the_clock_goes_back()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1)), Append("s-2", 0, new SomethingHappened(1, 1))], null);
        // As if the machine's clock had been set back by an hour after somebody's last append.
        var last = await _db.ScalarAsync<long>("select setval('store.last_time', store.to_us(clock_timestamp() + interval '1 hour'))");

        Assert.Equal(last + 1, (await _store.AppendAsync([Append("s-1", 1, new SomethingHappened(1, 2))], null)).TimeMicros);
        Assert.Equal(last + 2, (await _store.AppendAsync([Append("s-2", 1, new SomethingHappened(1, 2))], null)).TimeMicros);
        Assert.Equal(last + 3, (await _store.AppendAsync([Append("s-3", 0, new SomethingHappened(1, 2))], null)).TimeMicros);
    }

    [Fact]
    public async Task Times_of_a_stream_rise_above_those_that_another_program_wrote()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1)), Append("s-2", 0, new SomethingHappened(1, 1))], null);
        await _db.ExecuteAsync("update events.mt_streams set timestamp = timestamp + interval '1 hour' where id = 's-1'");
        var ahead = (await _store.StreamStateAsync("s-1"))!.TimeMicros;

        Assert.Equal(ahead + 1, (await _store.AppendAsync([Append("s-1", 1, new SomethingHappened(1, 2))], null)).TimeMicros);
        Assert.Equal(ahead + 2, (await _store.AppendAsync([Append("s-1", 2, new SomethingHappened(1, 2)), Append("s-2", 1, new SomethingHappened(1, 2))], null)).TimeMicros);
        Assert.Equal(ahead + 2, (await _store.StreamStateAsync("s-2"))!.TimeMicros);
        Assert.Equal(ahead + 3, (await _store.AppendAsync([Append("s-3", 0, new SomethingHappened(1, 2))], null)).TimeMicros);
    }

    [Fact]
    public async Task An_archived_stream_takes_no_more()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], null);
        await _db.ExecuteAsync("update events.mt_streams set is_archived = true");

        var error = await Assert.ThrowsAsync<PostgresException>(
            () => _store.AppendAsync([Append("s-1", 1, new SomethingHappened(1, 2))], null));
        Assert.Equal("MT001", error.SqlState);
    }

    [Fact]
    public async Task A_transaction_exempt_from_the_horizon_cannot_append()
    {
        await using var connection = await _db.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("""
            select store.exempt_from_horizon();
            select * from store.append('{s}', '{t}', '{0}', '{1}', 0, '{s}', '{1}', array[gen_random_uuid()], '{a}', '{d}', '{"{}"}', '{null}', '{null}', '{null}', '{}', '{}');
            """, connection);
        Assert.Equal("EO001", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
    }

    [Fact]
    public async Task Of_two_writers_making_one_stream_the_second_is_refused()
    {
        var started = new TaskCompletionSource();
        var slow = _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1))], batch =>
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_sleep(0.5)"));
            started.SetResult();
        });
        await started.Task;
        await Task.Delay(150);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(
            () => _store.AppendAsync([Append("s-1", 0, new SomethingHappened(2, 1))], null));
        await slow;
        Assert.Equal((ConflictKind.WrongVersion, "s-1", 1L), (conflict.Kind, conflict.Stream, conflict.ActualVersion));
    }

    [Fact]
    public async Task Of_two_writers_expecting_one_version_the_second_is_refused()
    {
        await _store.AppendAsync([Append("s-1", 0, new SomethingHappened(1, 1)), Append("s-2", 0, new SomethingHappened(1, 1))], null);
        var started = new TaskCompletionSource();
        var slow = _store.AppendAsync([Append("s-1", 1, new SomethingHappened(1, 1))], batch =>
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_sleep(0.5)"));
            started.SetResult();
        });
        await started.Task;
        await Task.Delay(150);
        var alone = _store.AppendAsync([Append("s-1", 1, new SomethingHappened(2, 1))], null);
        var withOthers = _store.AppendAsync([Append("s-2", 1, new SomethingHappened(2, 1)), Append("s-1", 1, new SomethingHappened(2, 1))], null);
        foreach (var second in new[] { alone, withOthers })
        {
            var conflict = await Assert.ThrowsAsync<VersionConflictException>(() => second);
            Assert.Equal((ConflictKind.WrongVersion, "s-1", 2L), (conflict.Kind, conflict.Stream, conflict.ActualVersion));
        }

        await slow;
        Assert.Equal(1, (await _store.StreamStateAsync("s-2"))!.Version);
    }

    [Fact]
    public async Task Two_appends_that_wait_for_each_other_in_their_inline_statements_end_as_a_conflict()
    {
        await _db.ExecuteAsync("insert into projected values ('a', 0), ('b', 0)");
        var both = new[] { ("a", "b"), ("b", "a") }.Select(order => _store.AppendAsync(
            [Append("s-" + order.Item1, 0, new SomethingHappened(1, 1))],
            batch =>
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"update projected set at = store.now_us() where stream = '{order.Item1}'"));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_sleep(0.3)"));
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"update projected set at = store.now_us() where stream = '{order.Item2}'"));
            })).ToList();
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() => Task.WhenAll(both));
        Assert.Equal(ConflictKind.Deadlock, conflict.Kind);
        Assert.Equal(1, await _db.ScalarAsync<long>("select count(*) from events.mt_events"));
    }

    [Fact]
    public async Task Ill_formed_appends_are_refused_before_the_database_sees_them()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _store.AppendAsync([], null));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.AppendAsync([Append("s", 0)], null));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.AppendAsync([Append("s", -1, new SomethingHappened(1, 1))], null));
        await Assert.ThrowsAsync<ArgumentException>(
            () => _store.AppendAsync([Append("s", 0, new SomethingHappened(1, 1)), Append("s", 1, new SomethingHappened(1, 1))], null));
        await Assert.ThrowsAsync<UnknownEventException>(() => _store.AppendAsync([Append("s", 0, "a string")], null));
    }

    private static Action<NpgsqlBatch> Project(string stream) => batch =>
    {
        var command = new NpgsqlBatchCommand("insert into projected values ($1, store.now_us())");
        command.Parameters.Add(new NpgsqlParameter { Value = stream });
        batch.BatchCommands.Add(command);
    };
}
