using Ente.Orleans.Testing;
using Npgsql;
using Xunit;

namespace Ente.Orleans.EventStore.Tests;

public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly Migration First = new("shop", 1, "first", "create table a (id int); insert into a values (1)");
    private static readonly Migration Second = new("shop", 2, "second", "insert into a values (2)");

    private TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await TestDatabase.CreateEmptyAsync();

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task Each_step_is_applied_once_in_order()
    {
        await Migrator.MigrateAsync(_db.DataSource, [First]);
        await Migrator.MigrateAsync(_db.DataSource, [Second, First]);
        await Migrator.MigrateAsync(_db.DataSource, [First, Second]);
        Assert.Equal([1, 2], await _db.RowsAsync("select id from a order by 1", r => r.GetInt32(0)));
        Assert.Equal(
            [("shop", 1, "first", First.Checksum), ("shop", 2, "second", Second.Checksum)],
            await _db.RowsAsync("select * from store.migrations order by 2", r => (r.GetString(0), r.GetInt32(1), r.GetString(2), r.GetString(3))));
    }

    [Fact]
    public async Task Silos_that_start_together_take_turns()
    {
        var slow = First with { Sql = "select pg_sleep(0.2); " + First.Sql };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrator.MigrateAsync(_db.DataSource, [slow, Second])));
        Assert.Equal(2, await _db.ScalarAsync<long>("select count(*) from a"));
    }

    [Fact]
    public async Task A_changed_step_is_refused()
    {
        await Migrator.MigrateAsync(_db.DataSource, [First]);
        var changed = new Migration("shop", 1, "first", "create table a (id bigint)");
        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(_db.DataSource, [changed, Second]));
        Assert.Contains("shop/001_first", error.Message);
        Assert.Equal(1, await _db.ScalarAsync<long>("select count(*) from a"));
        await Migrator.MigrateAsync(_db.DataSource, [First with { }]);
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        await Migrator.MigrateAsync(_db.DataSource, [First, Second]);
        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(_db.DataSource, [First]));
        Assert.Contains("newer", error.Message);
    }

    [Fact]
    public async Task A_failing_step_is_undone_and_those_before_it_stay()
    {
        var failing = new Migration("shop", 2, "second", "insert into a values (2); insert into nowhere values (1)");
        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(_db.DataSource, [First, failing]));
        Assert.IsType<PostgresException>(error.InnerException);
        Assert.Equal([1], await _db.RowsAsync("select id from a", r => r.GetInt32(0)));
        await Migrator.MigrateAsync(_db.DataSource, [First, Second]);
        Assert.Equal(2, await _db.ScalarAsync<long>("select count(*) from a"));
    }

    [Fact]
    public async Task Numbers_run_from_1_without_holes()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Migrator.MigrateAsync(_db.DataSource, [Second]));
    }

    [Fact]
    public void A_checksum_does_not_depend_on_line_ends()
    {
        Assert.Equal(new Migration("m", 1, "n", "a\nb").Checksum, new Migration("m", 1, "n", "a\r\nb").Checksum);
        Assert.NotEqual(new Migration("m", 1, "n", "a\nb").Checksum, new Migration("m", 1, "n", "a\n b").Checksum);
    }

    [Fact]
    public void The_stores_own_steps_are_embedded()
    {
        Assert.Equal("eventstore", PostgresEventStore.Migrations[0].Module);
        Assert.Equal("event_tables", PostgresEventStore.Migrations[0].Name);
    }
}
