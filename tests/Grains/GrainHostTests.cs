using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Collections;
using Npgsql;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

public sealed class GrainHostTests
{
    [Fact]
    public async Task Two_silos_writing_one_album_keep_every_acknowledged_file_exactly_once()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var album = await World.CollectionAsync(one, owner);

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            (i % 2 == 0 ? one : two).OkAsync(World.File(owner, album))));

        var stored = await database.RowsAsync(
            "select file_id from projections.memberships where collection_id = $1 and not is_deleted", r => r.GetInt64(0), album);
        Assert.Equal(replies.Select(r => r.FileId).Order(), stored.Order());
        Assert.Equal(200 * 1100, await database.ScalarAsync<long>("select bytes from projections.usage where user_id = $1", owner));

        // The stream has every version once, and its row says which is the last.
        var stream = $"collection-{album}";
        var versions = await database.RowsAsync(
            "select version from events.mt_events where stream_id = $1 order by seq_id", r => r.GetInt64(0), stream);
        Assert.Equal(Enumerable.Range(1, versions.Count).Select(v => (long)v), versions);
        Assert.Equal(versions.Count, await database.ScalarAsync<long>("select version from projections.collections where id = $1", album));
    }

    [Fact]
    public async Task Times_of_a_collection_rise_with_its_commits()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var album = await World.CollectionAsync(one, owner);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? one : two).OkAsync(World.File(owner, album))));

        var times = await database.RowsAsync(
            """select distinct on (version) version, store.to_us("timestamp") from events.mt_events where stream_id = $1 order by version""",
            r => r.GetInt64(1), $"collection-{album}");
        Assert.Equal(times.Order(), times);
        Assert.Equal(
            times[^1], await database.ScalarAsync<long>("select updation_time from projections.collections where id = $1", album));
    }

    [Fact]
    public async Task An_album_that_somebody_locks_holds_up_no_other()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var (locked, free) = (await World.CollectionAsync(silo, owner), await World.CollectionAsync(silo, owner));
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await new NpgsqlCommand($"select from events.mt_streams where id = 'collection-{locked}' for update", connection).ExecuteNonQueryAsync();

        var waiting = silo.OkAsync(World.File(owner, locked));
        while (await database.ScalarAsync<long>("select count(*) from pg_locks where not granted") == 0)
            await Task.WhenAny(waiting, Task.Delay(5));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => silo.OkAsync(World.File(owner, free)))).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(waiting.IsCompleted);

        await holding.RollbackAsync();
        await waiting;
        Assert.Equal(51, await database.ScalarAsync<long>("select count(*) from projections.memberships"));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_not_tried_again()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var patient = new Silo(database);
        var owner = await World.UserAsync(patient);
        var album = await World.CollectionAsync(patient, owner);
        var impatient = new NpgsqlConnectionStringBuilder(database.DataSource.ConnectionString) { CommandTimeout = 1 };
        await using var source = NpgsqlDataSource.Create(impatient.ConnectionString);
        await using var silo = new Silo(source);
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await new NpgsqlCommand($"select from events.mt_streams where id = 'collection-{album}' for update", connection).ExecuteNonQueryAsync();

        var started = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAsync<OverloadedException>(() => silo.SendAsync(World.File(owner, album)));
        // Tried again, it would be twenty seconds.
        Assert.InRange(started.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(8));
        await holding.RollbackAsync();
        await silo.OkAsync(World.File(owner, album));
    }

    [Fact]
    public async Task A_burst_into_one_album_costs_few_commits()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => silo.OkAsync(World.File(owner, album))));
        var commits = await database.ScalarAsync<long>(
            "select count(distinct xmin::text) from events.mt_events where type = 'file_created'");
        Assert.InRange(commits, 1, 30);
    }

    [Fact]
    public async Task A_refused_command_does_not_disturb_the_others_of_its_batch()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var stranger = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => silo.SendAsync(World.File(i % 5 == 0 ? stranger : owner, album))));

        Assert.Equal(10, replies.Count(r => r.Refusal == Refusal.Forbidden));
        Assert.Equal(40, replies.Count(r => !r.IsRefused));
        Assert.Equal(40, await database.ScalarAsync<long>("select count(*) from projections.memberships where collection_id = $1", album));
    }

    [Fact]
    public async Task A_command_that_the_database_refuses_fails_alone()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);

        // PostgreSQL holds no NUL in text; the API refuses it, and a command that came round it must break nobody else's.
        var bad = World.File(owner, album) with { EncryptedKey = "a\0b" };
        var sends = Enumerable.Range(0, 20).Select(i => silo.SendAsync(i == 7 ? bad : World.File(owner, album))).ToList();
        var failed = 0;
        foreach (var send in sends)
        {
            try
            {
                Assert.False((await send).IsRefused);
            }
            catch (Npgsql.PostgresException)
            {
                failed++;
            }
        }

        Assert.Equal(1, failed);
        Assert.Equal(19, await database.ScalarAsync<long>("select count(*) from projections.memberships where collection_id = $1", album));
    }

    [Fact]
    public async Task The_same_upload_sent_twice_at_once_is_one_file()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var album = await World.CollectionAsync(one, owner);
        var first = World.File(owner, album);
        var again = first with { FileId = World.NewId() };

        var replies = await Task.WhenAll(one.OkAsync(first), two.OkAsync(again), one.OkAsync(again));

        Assert.Single(replies.Select(r => r.FileId).Distinct());
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from projections.files"));
        Assert.Equal(1100, await database.ScalarAsync<long>("select bytes from projections.usage where user_id = $1", owner));
    }

    [Fact]
    public async Task Devices_that_race_for_favorites_get_the_same_collection()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => World.CollectionAsync(i % 2 == 0 ? one : two, owner, CollectionType.Favorites)));
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_takes_commands_again_when_it_has_drained()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database, new GrainOptions { MaxQueue = 10, MaxBatch = 1 });
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);

        // Many callers at once: some must be told to come back, none may be lost.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            try
            {
                return (await silo.SendAsync(World.File(owner, album))).IsRefused ? "refused" : "done";
            }
            catch (OverloadedException)
            {
                return "busy";
            }
        }));

        Assert.Contains("busy", outcomes);
        Assert.DoesNotContain("refused", outcomes);
        Assert.Equal(
            outcomes.Count(o => o == "done"),
            await database.ScalarAsync<long>("select count(*) from projections.memberships where collection_id = $1", album));
        await silo.OkAsync(World.File(owner, album));
    }

    [Fact]
    public async Task Grains_are_gone_when_they_have_nothing_to_do()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        for (var i = 0; i < 20; i++) await World.UserAsync(silo);

        // The last mailbox leaves just after its last reply.
        for (var i = 0; i < 100 && silo.Host.Active > 0; i++) await Task.Yield();
        Assert.Equal(0, silo.Host.Waiting);
        Assert.InRange(silo.Host.Active, 0, 1);
    }

    [Fact]
    public async Task Connections_killed_under_load_lose_and_repeat_nothing()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);

        using var stop = new CancellationTokenSource();
        var killer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Testing.TestCluster.ExecuteAsync(
                    $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database.Name}' and query like '%store.append%'");
                await Task.Delay(20, CancellationToken.None);
            }
        });
        var created = new List<long>();
        for (var i = 0; i < 40; i++)
        {
            var batch = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => silo.OkAsync(World.File(owner, album))));
            created.AddRange(batch.Select(b => b.FileId));
        }

        await stop.CancelAsync();
        await killer;
        var stored = await database.RowsAsync("select id from projections.files", r => r.GetInt64(0));
        Assert.Equal(created.Order(), stored.Order());
        Assert.Equal(created.Count * 1100L, await database.ScalarAsync<long>("select bytes from projections.usage where user_id = $1", owner));
    }
}
