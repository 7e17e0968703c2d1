using System.Diagnostics;
using Ente.Orleans.Testing;
using Npgsql;
using Xunit;
using static Ente.Orleans.EventStore.Tests.Samples;

namespace Ente.Orleans.EventStore.Tests;

public sealed class SubscriptionTests : IAsyncLifetime
{
    // Polling slowly: what arrives sooner came by notification.
    private static readonly SubscriptionOptions Options = new()
    {
        BatchSize = 10,
        Attempts = 3,
        LeaseTime = TimeSpan.FromSeconds(20),
        PollInterval = TimeSpan.FromSeconds(5),
        FirstPause = TimeSpan.FromMilliseconds(5),
        LongestPause = TimeSpan.FromMilliseconds(20),
    };

    private TestDatabase _db = null!;
    private PostgresEventStore _store = null!;

    public async Task InitializeAsync()
    {
        _db = await TestDatabase.CreateAsync();
        _store = new PostgresEventStore(_db.DataSource, Types());
        // No key: an event handled twice is there twice. "place" is the order of handling.
        await _db.ExecuteAsync("create table handled (place bigserial, subscription text not null, sequence bigint not null)");
    }

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task Every_event_is_handled_once_and_in_order_and_a_restart_goes_on_where_it_was()
    {
        await AppendAsync(25);
        await using (Run(new Recorder("r")))
            await UntilHandledAsync(25);
        await AppendAsync(5);
        await using (Run(new Recorder("r")))
            await UntilHandledAsync(30);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    [Fact]
    public async Task Each_subscription_has_its_own_checkpoint()
    {
        await AppendAsync(3);
        await using var run = Run(new Recorder("a"), new Recorder("b"));
        await UntilHandledAsync(3, "a");
        await UntilHandledAsync(3, "b");
    }

    [Fact]
    public void Names_are_unique()
    {
        Assert.Throws<ArgumentException>(() => new SubscriptionRunner(
            _db.DataSource, _store, new Horizon(_db.DataSource), [new Recorder("a"), new Recorder("a")]));
    }

    [Fact]
    public async Task A_notification_wakes_it_long_before_it_would_poll()
    {
        await AppendAsync(1);
        await using var run = Run(new Recorder("r"));
        await UntilHandledAsync(1);
        for (var i = 2; i < 5; i++)
        {
            await Task.Delay(50);
            var since = Stopwatch.StartNew();
            await AppendAsync(1);
            await UntilHandledAsync(i);
            Assert.True(since.Elapsed < Options.PollInterval / 2, $"{since.Elapsed}");
        }
    }

    [Fact]
    public async Task Without_notifications_it_polls()
    {
        await using var run = Run(Options with { PollInterval = TimeSpan.FromMilliseconds(100) }, new Recorder("r"));
        await AppendAsync(1);
        await UntilHandledAsync(1);
        // Another program's append: nobody tells.
        await _db.ExecuteAsync("""
            update events.mt_streams set version = version + 1;
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, is_archived)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), id, version, '{"What": "x"}', 'something_else_happened', false from events.mt_streams;
            """);
        await UntilHandledAsync(2);
    }

    [Fact]
    public async Task It_listens_again_after_its_connection_was_lost()
    {
        await AppendAsync(1);
        await using var run = Run(new Recorder("r"));
        await UntilHandledAsync(1);
        await UntilListeningAsync();
        await _db.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen %'");
        await UntilListeningAsync();
        var since = Stopwatch.StartNew();
        await AppendAsync(1);
        await UntilHandledAsync(2);
        Assert.True(since.Elapsed < Options.PollInterval / 2, $"{since.Elapsed}");
    }

    [Fact]
    public async Task Nothing_above_the_horizon_is_handed_out()
    {
        await using var run = Run(Options with { PollInterval = TimeSpan.FromMilliseconds(20) }, new Recorder("r"));
        await using var slow = await HeldAppend.StartAsync(_db, _store, Append("slow", 0, new SomethingHappened(1, 1)));
        await AppendAsync(3);
        await Task.Delay(300);
        Assert.Empty(await HandledAsync());
        await slow.LetGoAsync();
        await UntilHandledAsync(4);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    [Fact]
    public async Task A_failed_attempt_leaves_no_trace_and_is_tried_again()
    {
        var recorder = new Recorder("r");
        var failures = 2;
        recorder.Before = (_, _) => Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        recorder.After = recorder.Before;
        await AppendAsync(3);
        await using var run = Run(recorder);
        await UntilHandledAsync(3);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
        Assert.Empty(await new DeadLetters(_db.DataSource).ListAsync());
    }

    [Fact]
    public async Task A_poison_event_is_isolated_and_can_be_requeued()
    {
        await AppendAsync(25);
        var poisoned = (await AllSequencesAsync())[13];
        var recorder = new Recorder("r");
        recorder.Before = (events, _) => events.Any(e => e.Sequence == poisoned) ? throw new InvalidOperationException("poison") : Task.CompletedTask;
        var letters = new DeadLetters(_db.DataSource);
        await using var run = Run(recorder);
        await UntilHandledAsync(24);
        var letter = Assert.Single(await letters.ListAsync("r"));
        Assert.Equal((poisoned, "something_happened", 3, "InvalidOperationException: poison", false),
            (letter.Sequence, letter.Alias, letter.Attempts, letter.Error, letter.IsRequeued));
        Assert.Equal((await AllSequencesAsync()).Where(s => s != poisoned), await HandledAsync());

        Assert.Equal(1, await letters.RequeueAsync("r"));
        await EventuallyAsync(async () => await letters.ListAsync() is [{ IsRequeued: false, Attempts: 4 }]);

        recorder.Before = (_, _) => Task.CompletedTask;
        Assert.Equal(0, await letters.RequeueAsync("r", poisoned + 1));
        Assert.Equal(1, await letters.RequeueAsync("r", poisoned));
        await UntilHandledAsync(25);
        Assert.Empty(await letters.ListAsync());
        Assert.Equal(poisoned, (await HandledAsync())[^1]);
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_a_poison_event()
    {
        await AppendAsync(5);
        var broken = (await AllSequencesAsync())[2];
        await _db.ExecuteAsync("""update events.mt_events set data = '{"Writer": "nobody"}' where seq_id = $1""", broken);
        await using var run = Run(new Recorder("r"));
        await UntilHandledAsync(4);
        Assert.Equal(broken, Assert.Single(await new DeadLetters(_db.DataSource).ListAsync()).Sequence);
    }

    [Fact]
    public async Task At_an_event_of_a_newer_program_it_waits_and_a_newer_process_goes_on()
    {
        await AppendAsync(3);
        var unknown = (await AllSequencesAsync())[1];
        await _db.ExecuteAsync("update events.mt_events set type = 'from_the_future' where seq_id = $1", unknown);
        await using var old = Run(new Recorder("r"));
        await UntilHandledAsync(1);
        await EventuallyAsync(async () =>
            await _db.ScalarAsync<bool>("select coalesce(last_error like '%from_the_future%', false) and lease_owner is null from store.subscriptions"));
        Assert.Empty(await new DeadLetters(_db.DataSource).ListAsync());

        var newer = new PostgresEventStore(_db.DataSource, Types().Map<FromTheFuture>("from_the_future"));
        await using var run = new Running(new SubscriptionRunner(_db.DataSource, newer, new Horizon(_db.DataSource), [new Recorder("r")], Options));
        await UntilHandledAsync(3);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    [Fact]
    public async Task A_database_that_goes_away_costs_no_event_its_attempts()
    {
        await AppendAsync(3);
        var recorder = new Recorder("r");
        var kills = 6;
        recorder.After = async (_, connection) =>
        {
            if (Interlocked.Decrement(ref kills) >= 0)
                await _db.ExecuteAsync("select pg_terminate_backend($1)", connection.ProcessID);
        };
        await using var run = Run(recorder);
        await UntilHandledAsync(3);
        Assert.True(kills < 0);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
        Assert.Empty(await new DeadLetters(_db.DataSource).ListAsync());
    }

    [Fact]
    public async Task A_handler_cannot_append_through_the_transaction_it_is_given()
    {
        await AppendAsync(1);
        var recorder = new Recorder("r")
        {
            Before = async (_, connection) =>
            {
                await using var append = new NpgsqlCommand(
                    """select * from store.append('{s}', '{t}', '{0}', '{1}', 0, '{s}', '{1}', array[gen_random_uuid()], '{a}', '{d}', '{"{}"}', '{null}', '{null}', '{null}', '{}', '{}')""",
                    connection);
                await append.ExecuteNonQueryAsync();
            },
        };
        await using var run = Run(recorder);
        await EventuallyAsync(async () => (await new DeadLetters(_db.DataSource).ListAsync()).Count == 1);
        Assert.Contains("EO001", (await new DeadLetters(_db.DataSource).ListAsync())[0].Error);
    }

    [Fact]
    public async Task One_runner_works_and_the_next_takes_over_when_it_stops()
    {
        Recorder first = new("r"), second = new("r");
        var running = Run(first);
        await AppendAsync(1);
        await UntilHandledAsync(1);
        await using var standby = Run(second);
        await AppendAsync(5);
        await UntilHandledAsync(6);
        Assert.Equal(0, second.Count);

        await running.DisposeAsync();
        await AppendAsync(5);
        await UntilHandledAsync(11);
        Assert.Equal(5, second.Count);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    [Fact]
    public async Task A_holder_that_hangs_and_loses_its_connection_is_replaced_and_cannot_commit_any_more()
    {
        var options = Options with { LeaseTime = TimeSpan.FromMilliseconds(600), PollInterval = TimeSpan.FromMilliseconds(100) };
        var reached = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var letGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = new Recorder("r")
        {
            After = async (_, connection) =>
            {
                reached.TrySetResult(connection.ProcessID);
                await letGo.Task;
            },
        };
        await AppendAsync(5);
        await using var first = Run(options, hanging);
        var process = await reached.Task;
        Recorder second = new("r");
        await using var standby = Run(options, second);

        // Longer than the lease: the transaction in progress holds it all the same.
        await Task.Delay(options.LeaseTime * 2);
        Assert.Equal(0, second.Count);
        await _db.ExecuteAsync("select pg_terminate_backend($1)", process);
        await UntilHandledAsync(5);
        Assert.Equal(5, second.Count);
        letGo.SetResult();
        await AppendAsync(5);
        await UntilHandledAsync(10);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    [Fact]
    public async Task Who_has_lost_the_lease_moves_no_checkpoint()
    {
        await AppendAsync(1);
        await using var run = Run(Options with { PollInterval = TimeSpan.FromMilliseconds(100) }, new Recorder("r"));
        await UntilHandledAsync(1);
        await _db.ExecuteAsync("update store.subscriptions set lease_owner = gen_random_uuid(), lease_until = now() + interval '1 minute'");
        await AppendAsync(3);
        await Task.Delay(500);
        Assert.Single(await HandledAsync());
        await _db.ExecuteAsync("update store.subscriptions set lease_until = now() - interval '1 second'");
        await UntilHandledAsync(4);
        Assert.Equal(await AllSequencesAsync(), await HandledAsync());
    }

    /// <summary>
    /// The claim "exactly once in effect" against a handler that keeps it and one that breaks it, by writing on a connection of its
    /// own, when the connection dies between handling and commit.
    /// </summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_crash_between_handling_and_checkpoint_repeats_nothing_that_went_through_the_transaction(bool throughIt, bool repeated)
    {
        await AppendAsync(5);
        var kills = 3;
        var recorder = new Recorder("r", throughIt ? null : _db.DataSource)
        {
            After = async (_, connection) =>
            {
                if (Interlocked.Decrement(ref kills) >= 0)
                    await _db.ExecuteAsync("select pg_terminate_backend($1)", connection.ProcessID);
            },
        };
        await using var run = Run(recorder);
        await EventuallyAsync(async () => await _db.ScalarAsync<long>("select coalesce(max(sequence), 0) from store.subscriptions") == (await AllSequencesAsync())[^1]);
        Assert.Equal(repeated, (await HandledAsync()).Count > 5);
        Assert.Equal(await AllSequencesAsync(), (await HandledAsync()).Distinct());
    }

    [Fact]
    public void Pauses_grow_up_to_a_limit()
    {
        var options = new SubscriptionOptions { FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(10) };
        Assert.InRange(options.PauseAfter(1).TotalSeconds, 0.5, 1.5);
        Assert.InRange(options.PauseAfter(3).TotalSeconds, 2, 6);
        Assert.InRange(options.PauseAfter(1000).TotalSeconds, 5, 15);
    }

    private Running Run(params Recorder[] recorders) => Run(Options, recorders);

    private Running Run(SubscriptionOptions options, params Recorder[] recorders) =>
        new(new SubscriptionRunner(_db.DataSource, _store, new Horizon(_db.DataSource), recorders, options));

    private async Task AppendAsync(int events)
    {
        for (var left = events; left > 0; left -= 4)
            await _store.AppendAsync(
                [Append("s-" + Guid.NewGuid().ToString("n"), 0, [.. Enumerable.Range(0, Math.Min(left, 4)).Select(n => new SomethingHappened(0, n))])], null);
    }

    private Task<List<long>> AllSequencesAsync() => _db.RowsAsync("select seq_id from events.mt_events order by 1", r => r.GetInt64(0));

    private Task<List<long>> HandledAsync(string subscription = "r") =>
        _db.RowsAsync("select sequence from handled where subscription = $1 order by place", r => r.GetInt64(0), subscription);

    private Task UntilHandledAsync(int count, string subscription = "r") =>
        EventuallyAsync(async () => (await HandledAsync(subscription)).Count >= count);

    private Task UntilListeningAsync() => EventuallyAsync(async () =>
        await _db.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'") > 0);

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var since = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), "It has not come about");
            await Task.Delay(10);
        }
    }

    private sealed record FromTheFuture;

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;

        public Running(SubscriptionRunner runner) => _run = runner.RunAsync(_stop.Token);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _run;
            _stop.Dispose();
        }
    }

    /// <summary>Notes what it is told, through the transaction or, wrongly, past it.</summary>
    private sealed class Recorder(string name, NpgsqlDataSource? past = null) : ISubscription
    {
        private int _count;

        public string Name => name;

        public int Count => _count;

        public Func<IReadOnlyList<StoredEvent>, NpgsqlConnection, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

        public Func<IReadOnlyList<StoredEvent>, NpgsqlConnection, Task> After { get; set; } = (_, _) => Task.CompletedTask;

        public async Task HandleAsync(
            IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
        {
            await Before(events, connection);
            foreach (var e in events)
            {
                await using var other = past is null ? null : await past.OpenConnectionAsync(cancellation);
                await using var insert = new NpgsqlCommand("insert into handled (subscription, sequence) values ($1, $2)", other ?? connection);
                insert.Parameters.Add(new NpgsqlParameter { Value = name });
                insert.Parameters.Add(new NpgsqlParameter { Value = e.Sequence });
                await insert.ExecuteNonQueryAsync(cancellation);
            }

            Interlocked.Add(ref _count, events.Count);
            await After(events, connection);
        }
    }
}
