using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;
using Ente.Orleans.Testing;
using Npgsql;
using Xunit;

namespace Ente.Orleans.Projections.Tests;

/// <summary>Rows go into their tables and come back as they were.</summary>
public sealed class TableTests
{
    [Fact]
    public async Task Rows_survive_the_way_through_the_database_nulls_and_json_too()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        var file = new FileState
        {
            Id = 7,
            OwnerId = 1,
            EncryptedMetadata = "m",
            MagicMetadata = new MagicMetadata(1, 2, "d+/=", "h"),
            FileObjectKey = "1/x",
            FileSize = long.MaxValue,
            UpdationTime = 5,
            Version = 3,
        };
        await WriteAsync(database, Tables.Files.Upsert(Tables.Schema, [file, file with { Id = 8, MagicMetadata = null, FileObjectKey = null }]));
        var snapshot = await LoadAsync(database, n => n.Files.UnionWith([7, 8, 9]));
        Assert.Equal(file, snapshot.Files.Find(7));
        Assert.Null(snapshot.Files.Find(8)!.MagicMetadata);
        Assert.Null(snapshot.Files.Find(9));
    }

    [Fact]
    public async Task The_time_of_the_commit_is_filled_in_by_the_database()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        var store = new PostgresEventStore(database.DataSource, StoredEvents.Types());
        var created = new CollectionCreated(
            1, 2, Apps.Photos, CollectionType.Album, "k", "n", null, "x", "n", new CollectionAttributes(null, null, 0), null, null);
        var snapshot = new Snapshot();
        snapshot.Apply(StreamId.Collection(1), 1, created, Micros.OfThisCommit);
        var result = await store.AppendAsync(
            [new StreamAppend("collection-1", "collection", 0, [new NewEvent(created)])], batch => SnapshotWriter.AddTo(batch, snapshot));
        Assert.Equal(result.TimeMicros, (await LoadAsync(database, n => n.Collections.Add(1))).Collections.Get(1).UpdationTime);
    }

    [Fact]
    public async Task A_thousand_rows_are_one_statement()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        var rows = Enumerable.Range(0, 1000).Select(i => new Membership { CollectionId = 1, FileId = i, UpdationTime = 1 }).ToList();
        await WriteAsync(database, Tables.Memberships.Upsert(Tables.Schema, rows));
        await WriteAsync(database, Tables.Memberships.Upsert(Tables.Schema, [.. rows.Select(r => r with { IsDeleted = true })]));
        Assert.Equal(1000, await database.ScalarAsync<long>("select count(*) from projections.memberships where is_deleted"));
    }

    [Fact]
    public async Task Sums_add_up_whoever_writes_them()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var snapshot = new Snapshot();
            snapshot.UsageChange[(1, Apps.Photos)] = 5;
            await using var batch = database.DataSource.CreateBatch();
            SnapshotWriter.AddTo(batch, snapshot);
            await batch.ExecuteNonQueryAsync();
        }));
        Assert.Equal(100, await database.ScalarAsync<long>("select bytes from projections.usage where user_id = 1"));
    }

    [Fact]
    public async Task Data_sealed_for_a_user_open_with_that_users_key_only()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        var personal = new PersonalData(database.DataSource, new byte[32], new byte[64]);
        await personal.CreateKeyAsync(1, 0, CancellationToken.None);
        await personal.CreateKeyAsync(2, 0, CancellationToken.None);
        var text = await personal.SealAsync(1, "somebody@example.org", CancellationToken.None);
        Assert.Equal("somebody@example.org", await personal.OpenAsync(1, text, CancellationToken.None));
        Assert.Null(await personal.OpenAsync(2, text, CancellationToken.None));

        // Without the key nothing opens any more: that is how an account is forgotten.
        await database.ExecuteAsync("delete from transient.user_keys where user_id = 1");
        Assert.Null(await new PersonalData(database.DataSource, new byte[32], new byte[64]).OpenAsync(1, text, CancellationToken.None));
    }

    private static async Task WriteAsync(TestDatabase database, NpgsqlBatchCommand command)
    {
        await using var batch = database.DataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('store.now_us', '42', true)"));
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task<Snapshot> LoadAsync(TestDatabase database, Action<Needs> need)
    {
        var needs = new Needs();
        need(needs);
        var (snapshot, _) = await new SnapshotLoader(database.DataSource).LoadAsync(needs, CancellationToken.None);
        snapshot.Sight.Open(needs);
        return snapshot;
    }
}
