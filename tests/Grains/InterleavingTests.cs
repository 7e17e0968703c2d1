using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;
using Ente.Orleans.Projections;
using Ente.Orleans.Testing;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

/// <summary>
/// Whatever is done at the same moment to the same few files, albums, shares and families, over two silos, all that must hold of the
/// rows does (<see cref="Invariants"/>), and the events make the same rows again. A pause between decision and commit gives others
/// every chance to come between.
/// </summary>
public sealed class InterleavingTests
{
    private const int Rounds = 40;
    private const int AtOnce = 24;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    [InlineData(4, 128)]
    public async Task Commands_at_the_same_moment_break_nothing(int seed, int batch)
    {
        await using var database = await Silo.DatabaseAsync();
        var chance = new Random(seed);
        // Small batches meet more often: in a large one some conflict has all of it decided again.
        var options = new GrainOptions
        {
            BeforeCommit = PauseAsync,
            MaxConflicts = 200,
            MaxBatch = batch,
            CommitLanes = 8,
            LanePatience = TimeSpan.FromMilliseconds(2),
        };
        await using Silo one = new(database, options), two = new(database, options);
        var people = await People.MeetAsync(one, chance);
        var accepted = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var commands = Enumerable.Range(0, AtOnce).Select(_ => people.Wish(chance)).ToList();
            var outcomes = await Task.WhenAll(commands.Select((wish, i) => wish(i % 2 == 0 ? one : two)));
            accepted += outcomes.Count(isAccepted => isAccepted);
            await Invariants.HoldAsync(database, $"seed {seed}, round {round}");
        }

        // Not all of it was refused, or nothing was tried.
        Assert.True(accepted > Rounds * AtOnce / 5, $"only {accepted} commands were accepted");
        var store = new PostgresEventStore(database.DataSource, StoredEvents.Types());
        var rebuilt = await new Rebuilder(database.DataSource, store, new Horizon(database.DataSource)).RunAsync(false, null, CancellationToken.None);
        Assert.True(rebuilt.IsSame, string.Join(", ", rebuilt.Differences.Where(d => d.Value > 0)));

        async Task PauseAsync()
        {
            int pause;
            lock (chance) pause = chance.Next(2) == 0 ? 0 : chance.Next(2, 16);
            if (pause > 0) await Task.Delay(pause);
        }
    }

    // As it was met: photos that end in the trash and in an album, and lose their bytes there.
    [Fact]
    public async Task A_file_trashed_out_of_one_album_while_it_is_added_to_another_is_in_one_place()
    {
        await using var database = await Silo.DatabaseAsync();
        var bothDecided = new Barrier(2);
        // Each waits, once, until the other has decided as well.
        GrainOptions Meeting() => new() { BeforeCommit = () => Task.Run(() => bothDecided.SignalAndWait(200)) };
        await using var quiet = new Silo(database);
        await using Silo one = new(database, Meeting()), two = new(database, Meeting());
        var owner = await World.UserAsync(quiet);
        var (x, y) = (await World.CollectionAsync(quiet, owner), await World.CollectionAsync(quiet, owner));
        for (var i = 0; i < 10; i++)
        {
            var file = (await quiet.OkAsync(World.File(owner, x))).FileId;
            await Task.WhenAll(
                one.SendAsync(new AddFiles(owner, Apps.Photos, y, [new FileItem(file, "key", "nonce")])),
                two.SendAsync(new TrashFiles(owner, [new TrashItem(file, x)], World.Now)));
            await Invariants.HoldAsync(database, $"file {i}");
        }
    }

    /// <summary>Three people, their albums and files, and what any of them may wish for next.</summary>
    private sealed class People(List<long> users, List<(long Id, long Owner)> albums)
    {
        private readonly List<(long Id, long Owner)> files = [];
        private readonly List<string> comments = [];
        private int ids;

        public static async Task<People> MeetAsync(Silo silo, Random chance)
        {
            var users = new List<long>();
            var albums = new List<(long, long)>();
            for (var i = 0; i < 3; i++) users.Add(await World.UserAsync(silo));
            foreach (var user in users)
            {
                for (var i = 0; i < 2; i++) albums.Add((await World.CollectionAsync(silo, user), user));
            }

            var people = new People(users, albums);
            foreach (var (album, owner) in albums)
            {
                people.files.Add(((await silo.OkAsync(World.File(owner, album))).FileId, owner));
                await silo.OkAsync(new ShareCollection(owner, album, people.Other(owner, chance), "key", Roles.Collaborator));
            }

            return people;
        }

        public Func<Silo, Task<bool>> Wish(Random chance)
        {
            lock (chance)
            {
                var (album, albumOwner) = albums[chance.Next(albums.Count)];
                var (file, owner) = files[chance.Next(files.Count)];
                var own = albums.Where(a => a.Owner == owner).Select(a => a.Id).ToArray();
                var (mine, mineToo) = (own[chance.Next(own.Length)], own[chance.Next(own.Length)]);
                var user = users[chance.Next(users.Count)];
                var other = Other(user, chance);
                var name = $"{Interlocked.Increment(ref ids)}";
                FileItem[] items = [new(file, "key", "nonce")];
                return chance.Next(28) switch
                {
                    0 when files.Count < 10 => silo => CreateAsync(silo, owner, mine),
                    0 or 1 or 2 or 3 => Send(new AddFiles(owner, Apps.Photos, album, items)),
                    4 or 5 => Send(new AddFiles(owner, Apps.Photos, mine, items)),
                    6 or 7 => Send(new MoveFiles(owner, mine, mineToo, items)),
                    8 or 9 => Send(new TrashFiles(owner, [new TrashItem(file, mine)], World.Now)),
                    10 or 11 => Send(new RestoreFiles(owner, mine, items)),
                    12 => Send(new DeleteTrashed(owner, [file], World.Now, 5)),
                    13 => Send(new RemoveFiles(user, album, [file], SuggestDeletion: false, name)),
                    14 => Send(new RemoveFiles(other, album, [file], SuggestDeletion: true, name)),
                    15 => Send(new ShareCollection(albumOwner, album, Other(albumOwner, chance), "key", chance.Next(2) == 0 ? Roles.Admin : Roles.Collaborator)),
                    16 => Send(new UnshareCollection(albumOwner, album, Other(albumOwner, chance))),
                    17 => Send(new LeaveCollection(user, album)),
                    18 => Send(new UpdateFile(
                        owner, file, World.Object(owner, 2000), World.Object(owner, 50), "metadata", "header", World.Now)),
                    19 => Send(new ChangeFilesMetadata(
                        owner, IsPublic: true, SkipVersion: false, [new FileMetadataChange(file, World.Metadata())])),
                    20 => Send(new RejectDeletionSuggestions(owner, [file])),
                    21 => Send(new PutFileData(owner, file, FileData.MlData, 10, "local", null, null, null)),
                    22 => silo => DeleteAlbumAsync(silo, albumOwner, album),
                    23 => Send(new CreateFamily(user, $"own-{name}", World.Now)),
                    24 => silo => JoinAsync(silo, user, other, name),
                    25 => Send(new LeaveFamily(user, other)),
                    26 => silo => CommentAsync(silo, user, album, name),
                    _ => silo => GoAndComeBackAsync(silo, user),
                };
            }
        }

        private long Other(long user, Random chance) => users[(users.IndexOf(user) + 1 + chance.Next(users.Count - 1)) % users.Count];

        private static Func<Silo, Task<bool>> Send<T>(ICommand<T> command) => async silo => !(await silo.SendAsync(command)).IsRefused;

        private async Task<bool> CreateAsync(Silo silo, long owner, long album)
        {
            var reply = await silo.SendAsync(World.File(owner, album));
            if (reply.Value is not { } created) return false;
            lock (files) files.Add((created.FileId, owner));
            return true;
        }

        private async Task<bool> DeleteAlbumAsync(Silo silo, long owner, long album)
        {
            if ((await silo.SendAsync(new DeleteCollection(owner, album, KeepFiles: false))).IsRefused) return false;
            while ((await silo.SendAsync(new EmptyDeletedCollection(album, World.Now))) is { IsRefused: false, Value: false })
            {
            }

            var next = await silo.SendAsync(new CreateCollection(
                owner, World.NewId(), Apps.Photos, CollectionType.Album, "key", "nonce", null, "name", "nonce",
                new CollectionAttributes(null, null, 0), null, null));
            if (next.Value is { } made)
            {
                lock (albums) albums.Add((made.Collection.Id, owner));
            }

            return true;
        }

        private static async Task<bool> JoinAsync(Silo silo, long admin, long member, string name)
        {
            var invited = await silo.SendAsync(World.Invitation(admin, member, int.Parse(name)));
            return invited.Value is { TokenHash: { } token }
                && !(await silo.SendAsync(new AcceptFamilyInvitation(admin, member, token))).IsRefused;
        }

        private async Task<bool> CommentAsync(Silo silo, long user, long album, string name)
        {
            var comment = new AddComment(Author.Account(user), null, album, $"comment-{name}", null, null, "cipher", "nonce");
            if ((await silo.SendAsync(comment)).IsRefused) return false;
            lock (comments) comments.Add(comment.CommentId);
            return true;
        }

        private static async Task<bool> GoAndComeBackAsync(Silo silo, long user)
        {
            if ((await silo.SendAsync(new DeleteUser(user, user, null, null, World.Now))).IsRefused) return false;
            await silo.SendAsync(new RecoverUser(user, $"hash-{user}", $"sealed-{user}"));
            return true;
        }
    }
}
