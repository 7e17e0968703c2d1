using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;
using Ente.Orleans.Projections;
using Ente.Orleans.Testing;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace Ente.Orleans.Grains.Tests;

/// <summary>Replay equals live: rows made again from events are the rows that the commands left.</summary>
public sealed class ReplayTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_random_workload_of_every_event_replays_to_the_same_rows()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var workload = new Workload([one, two], seed);
        await workload.StartAsync();
        for (var round = 0; round < 60; round++) await workload.RoundAsync();
        await workload.EndAsync();

        var used = await database.RowsAsync("select distinct type from events.mt_events", r => r.GetString(0));
        Assert.Equal(EventAliases.All.Select(a => a.Alias).Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));

        var result = await RebuildAsync(database, replace: false);
        Assert.True(result.IsSame, string.Join(", ", result.Differences.Where(d => d.Value > 0)));
        Assert.Equal(await database.ScalarAsync<long>("select count(*) from events.mt_events"), result.Events);
    }

    [Fact]
    public async Task A_rebuild_finds_damage_and_mends_it()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);
        await silo.OkAsync(World.File(owner, album));
        await database.ExecuteAsync("update projections.memberships set encrypted_key = 'changed'");
        await database.ExecuteAsync("delete from projections.objects");

        var found = await RebuildAsync(database, replace: true);
        Assert.Equal(2, found.Differences["memberships"]);
        Assert.Equal(2, found.Differences["objects"]);
        Assert.True((await RebuildAsync(database, replace: false)).IsSame);

        // The rebuilt tables serve: same keys and indexes, ids go on where they were.
        await silo.OkAsync(World.File(owner, album));
        Assert.Equal(1, await database.ScalarAsync<long>(
            "select count(*) from pg_indexes where schemaname = 'projections' and tablename = 'accounts' and indexdef like '%UNIQUE%email_hash%'"));
    }

    [Fact]
    public async Task Of_two_rebuilds_at_once_one_runs_and_the_other_is_refused()
    {
        await using var database = await TestDatabase.CreateAsync(Tables.Migrations);
        await using var silo = new Silo(database);
        await World.UserAsync(silo);
        // Whoever holds this keeps the first rebuild waiting at its end.
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("lock table events.mt_streams in row exclusive mode", connection).ExecuteNonQueryAsync();
        var first = RebuildAsync(database, replace: false);
        while (await database.ScalarAsync<long>("select count(*) from pg_locks where relation = 'events.mt_streams'::regclass and not granted") == 0)
            await Task.WhenAny(first, Task.Delay(10));

        await Assert.ThrowsAsync<RebuildRunningException>(() => RebuildAsync(database, replace: true));
        await holding.RollbackAsync();
        Assert.True((await first).IsSame);
        Assert.True((await RebuildAsync(database, replace: false)).IsSame);
    }

    private static Task<RebuildResult> RebuildAsync(TestDatabase database, bool replace) =>
        new Rebuilder(
            database.DataSource, new PostgresEventStore(database.DataSource, StoredEvents.Types()), new Horizon(database.DataSource))
            .RunAsync(replace, null, CancellationToken.None);

    /// <summary>Random commands of users, some at once, some refused: what was refused leaves nothing.</summary>
    private sealed class Workload(Silo[] silos, int seed)
    {
        private readonly Random random = new(seed);
        private readonly List<long> users = [];
        private readonly List<(long Id, long Owner)> albums = [];
        private readonly List<(long Id, long Owner, long Album)> files = [];
        private int names;

        public async Task StartAsync()
        {
            for (var i = 0; i < 4; i++) users.Add(await World.UserAsync(Any));
            foreach (var user in users)
            {
                for (var i = 0; i < 2; i++) albums.Add((await World.CollectionAsync(Any, user), user));
            }

            await EverythingOnceAsync();
        }

        public async Task RoundAsync()
        {
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => StepAsync()));
        }

        public async Task EndAsync()
        {
            var leaver = users[^1];
            await Send(new DeleteUser(leaver, leaver, "reason", null, World.Now));
            await Send(new RecoverUser(leaver, $"hash-{leaver}-again", "sealed"));
        }

        private Silo Any
        {
            get
            {
                lock (random) return silos[random.Next(silos.Length)];
            }
        }

        private T Pick<T>(List<T> list)
        {
            lock (random) return list[random.Next(list.Count)];
        }

        private int Next(int n)
        {
            lock (random) return random.Next(n);
        }

        private Task<Reply<T>> Send<T>(ICommand<T> command) => Any.SendAsync(command);

        private static FileItem Item(long id) => new(id, "envelope", "nonce");

        private async Task StepAsync()
        {
            var user = Pick(users);
            var album = Pick(albums);
            var file = files.Count == 0 ? (Id: 0L, Owner: user, Album: album.Id) : Pick(files);
            switch (Next(18))
            {
                case 0 or 1 or 2:
                    var created = await Send(World.File(album.Owner, album.Id));
                    if (!created.IsRefused)
                    {
                        lock (random) files.Add((created.Value!.FileId, album.Owner, album.Id));
                    }

                    break;
                case 3:
                    await Send(new AddFiles(file.Owner, Apps.Photos, album.Id, [Item(file.Id)]));
                    break;
                case 4:
                    await Send(new MoveFiles(file.Owner, file.Album, album.Id, [Item(file.Id)]));
                    break;
                case 5:
                    await Send(new TrashFiles(file.Owner, [new TrashItem(file.Id, file.Album)], World.Now));
                    break;
                case 6:
                    await Send(new RestoreFiles(file.Owner, file.Album, [Item(file.Id)]));
                    break;
                case 7:
                    await Send(new ShareCollection(album.Owner, album.Id, user, "sealed", Next(2) == 0 ? Roles.Collaborator : Roles.Admin));
                    break;
                case 8:
                    await Send(new UnshareCollection(album.Owner, album.Id, user));
                    break;
                case 9:
                    await Send(new RemoveFiles(user, album.Id, [file.Id], Next(2) == 0, $"seed-{Interlocked.Increment(ref names)}"));
                    break;
                case 10:
                    await Send(new UpdateFile(
                        file.Owner, file.Id, World.Object(file.Owner, 2000 + Next(500)), World.Object(file.Owner, 50), "metadata", "header", World.Now));
                    break;
                case 11:
                    await Send(new ChangeFilesMetadata(file.Owner, Next(2) == 0, Next(3) == 0, [new FileMetadataChange(file.Id, World.Metadata(1 + Next(3)))]));
                    break;
                case 12:
                    await Send(new RejectDeletionSuggestions(user, [.. files.Select(f => f.Id).Take(20)]));
                    break;
                case 13:
                    await Send(new LeaveCollection(user, album.Id));
                    break;
                case 14:
                    await Send(new RenameCollection(album.Owner, album.Id, $"name-{Next(1000)}", "nonce"));
                    break;
                case 15:
                    await FamilyStepAsync(user, Pick(users));
                    break;
                case 16:
                    await Send(new LeaveFamily(user, Pick(users)));
                    break;
                default:
                    await Send(new PutFileData(file.Owner, file.Id, FileData.MlData, Next(900), "local", null, null, null));
                    break;
            }
        }

        // Ids and tokens are made up anew each time: unique columns must hold through all that chance does.
        private async Task FamilyStepAsync(long admin, long member)
        {
            switch (Next(6))
            {
                case 0:
                    await Send(new CreateFamily(admin, $"place-{Interlocked.Increment(ref names)}", World.Now));
                    break;
                case 1:
                    var name = Interlocked.Increment(ref names);
                    var invited = await Send(World.Invitation(admin, member, name));
                    if (!invited.IsRefused && Next(2) == 0) await Send(new AcceptFamilyInvitation(admin, member, invited.Value!.TokenHash!));
                    break;
                case 2:
                    await Send(new RevokeFamilyInvitation(admin, admin, member));
                    break;
                case 3:
                    await Send(new RemoveFamilyMember(admin, admin, member));
                    break;
                case 4:
                    await Send(new ChangeFamilyStorageLimit(admin, admin, member, Next(2) == 0 ? null : 1L << 30, World.Now));
                    break;
                default:
                    if (Next(3) == 0) await Send(new CloseFamily(0, admin));
                    break;
            }
        }

        private async Task FamilyAsync(long a, long b, long c)
        {
            await Must(new CreateFamily(a, "place-a", World.Now));
            await Must(World.Invitation(a, b, -1));
            await Must(new AcceptFamilyInvitation(a, b, "family-hash--1"));
            await Must(new ChangeFamilyStorageLimit(a, a, b, 1L << 30, World.Now));
            await Must(new SetRemoteValue(b, "customDomain", $"_{b}:example.org"));
            await Must(new RemoveFamilyMember(a, a, b));
            await Must(World.Invitation(a, b, -2));
            await Must(new AcceptFamilyInvitation(a, b, "family-hash--2"));
            await Must(new LeaveFamily(b, a));
            await Must(World.Invitation(a, b, -3));
            await Must(new RevokeFamilyInvitation(a, a, b));
            var doomed = await World.UserAsync(Any);
            await Must(World.Invitation(a, doomed, -4));
            await Must(new DeleteUser(doomed, doomed, null, null, World.Now));
            await Must(World.Invitation(a, c, -5));
            await Must(new AcceptFamilyInvitation(a, c, "family-hash--5"));
            await Must(new CloseFamily(0, a));
            await Must(new CreateFamily(a, "place-a-again", World.Now));
        }

        // What chance might leave out.
        private async Task EverythingOnceAsync()
        {
            var (a, b) = (users[0], users[1]);
            await AccountAsync(a, b);
            await FamilyAsync(a, b, users[2]);
            await AlbumAsync(a, b);
            await FilesAsync(a);
        }

        private async Task AccountAsync(long a, long b)
        {
            await Must(new SetRecoveryKey(a, "1", "2", "3", "4"));
            await Must(new SetPassword(b, Guid.NewGuid().ToString(), "salt", "sealed", null, null));
            var unfinished = World.NewId();
            await Must(new RegisterUser(unfinished, $"hash-{unfinished}", "sealed", null, 1, 1));
            await Must(new SetPassword(unfinished, Guid.NewGuid().ToString(), "salt", "sealed", null, null));
            await Must(new DiscardPassword(unfinished));
            await Must(new StartSession(a, "token-1", Apps.Photos));
            await Must(new StartSession(a, "token-2", Apps.Auth));
            await Must(new SetPassword(
                a, Guid.NewGuid().ToString(), "salt", "sealed", new PasswordKeysChanged(a, "s", "k", "n", 268435456, 16), "token-1"));
            await Must(new ChangeEmail(a, $"hash-{a}-new", "sealed"));
            await Must(new SetEmailMfa(a, true));
            await Must(new EnableTotp(a, "sealed", "hash", "secret", "nonce"));
            await Must(new DisableTotp(a));
            await Must(new ConfigurePasskeyRecovery(a, "sealed", "cipher", "nonce"));
            await Must(new ChangePlan(0, a, 1L << 40, World.Now + FreePlan.Lifetime, "free", "", "t"));
            await Must(new GrantBonus(0, a, "ADD_ON_SUPPORT", "ADD_ON_SUPPORT", 5, 0));
            await Must(new RevokeBonus(0, a, "ADD_ON_SUPPORT"));
            await Must(new CreateReferralCode(a, "ABC123"));
            await Must(new SetRemoteValue(a, "mapEnabled", "true"));
            await Must(new RemoveRemoteValue(a, "mapEnabled"));
            await Must(new SetEntityKey(a, "location", "key", "header"));
            await Must(new CreateEntity(a, "location_1", "location", "data", "header"));
            await Must(new ChangeEntity(a, "location_1", "more", "header"));
            await Must(new DeleteEntity(a, "location_1"));
        }

        private async Task AlbumAsync(long a, long b)
        {
            var album = albums.First(x => x.Owner == a).Id;
            await Must(new ChangeCollectionMetadata(a, album, false, World.Metadata()));
            await Must(new ChangeCollectionMetadata(a, album, true, World.Metadata()));
            await Must(new ShareCollection(a, album, b, "sealed", Roles.Admin));
            await Must(new ChangeShareeMetadata(b, album, World.Metadata()));
            await Must(new CreateLink(a, album, World.NewId(), "link-hash", "sealed", 0, 0, true, true, true, World.Now));
            await Must(new JoinByLink(users[2], album, a, "sealed", "link-hash", null, World.Now));
            await Must(new ChangeLink(a, album, new LinkChange(null, 5, "hash", "n", 1, 1, null, null, null, null, null, null), World.Now));
            await Must(new DisableLink(a, album));
            var owned = (await Must(World.File(a, album))).FileId;
            await Must(new RemoveFiles(b, album, [owned], SuggestDeletion: true, "mark"));
            await Must(new RejectDeletionSuggestions(a, [owned]));
            var doomed = await World.CollectionAsync(Any, a);
            await Must(World.File(a, doomed));
            await Must(new AddFiles(a, Apps.Photos, album, [Item(owned)]));
            await Must(new DeleteCollection(a, doomed, KeepFiles: false));
            while (!await Must(new EmptyDeletedCollection(doomed, World.Now)))
            {
            }
        }

        private async Task FilesAsync(long a)
        {
            var album = albums.First(x => x.Owner == a).Id;
            var file = (await Must(World.File(a, album))).FileId;
            await Must(new UpdateThumbnail(a, file, World.Object(a, 10), World.Now));
            await Must(new ChangeFilesMetadata(a, false, false, [new FileMetadataChange(file, World.Metadata())]));
            await Must(new ChangeFilesMetadata(a, true, true, [new FileMetadataChange(file, World.Metadata())]));
            await Must(new UpdateFile(a, file, World.Object(a, 10), World.Object(a, 10), "m", "h", World.Now));
            await Must(new PutFileData(a, file, FileData.VideoPreview, 10, "local", "pv_1", 5, 0));
            await Must(new TrashFiles(a, [new TrashItem(file, album)], World.Now));
            await Must(new RestoreFiles(a, album, [Item(file)]));
            await Must(new TrashFiles(a, [new TrashItem(file, album)], World.Now));
            var gone = World.File(a, album);
            await Must(gone);
            await Must(new TrashFiles(a, [new TrashItem(gone.FileId, album)], World.Now));
            await Must(new DeleteTrashed(a, [gone.FileId, file], World.Now, 5));
            await Must(new RecordFileDataPurged(a, file, FileData.VideoPreview));
            await Must(new RecordObjectsDeleted(a, [gone.Content.Key]));
            await Must(new ScrubFiles(a, [gone.FileId]));
        }

        private Task<T> Must<T>(ICommand<T> command) => Any.OkAsync(command);
    }
}
