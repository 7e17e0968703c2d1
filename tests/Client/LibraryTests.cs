using System.Net;

namespace Ente.Orleans.Client.Tests;

public sealed class LibraryTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task What_one_device_adds_another_sees_with_its_name_and_content()
    {
        var (library, album) = await _world.WithAlbumAsync("Été à Zürich 🏔");
        var path = _world.Photo("a.jpg", 5000);
        var report = await World.Uploader(library).AddAsync(album, [path]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);

        var other = _world.Device(library.Session, "other");
        await other.SyncAsync();
        var seen = Assert.Single(other.Albums);
        Assert.Equal("Été à Zürich 🏔", seen.Name);
        var file = Assert.Single(other.Files(seen));
        Assert.Equal("a.jpg", file.Title);
        Assert.Equal(5000, file.Size);
        var content = new MemoryStream();
        await new Downloader(other.Http).DownloadAsync(file, content);
        Assert.Equal(await File.ReadAllBytesAsync(path), content.ToArray());
    }

    [Fact]
    public async Task State_survives_a_restart_and_nothing_is_asked_twice()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2)]);

        var restarted = _world.Device(library.Session);
        Assert.Equal(["a.jpg", "b.jpg"], restarted.Files(Assert.Single(restarted.Albums)).Select(f => f.Title).Order(StringComparer.Ordinal));
        _world.Server.Calls.Clear();
        await restarted.SyncAsync();
        Assert.Equal(["GET /collections/v2", "GET /trash/v2/diff"], _world.Server.Calls);
    }

    [Fact]
    public async Task A_sync_that_breaks_between_pages_goes_on_and_misses_nothing()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var files = Enumerable.Range(0, 7).Select(i => _world.Photo($"{i}.jpg", seed: i)).ToList();
        await World.Uploader(library).AddAsync(album, files);

        _world.Server.PageSize = 2;
        var diffs = 0;
        // After each page a break that outlasts all four attempts.
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/collections/v2/diff" && diffs++ % 5 > 0 ? throw new HttpRequestException("gone") : null;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            // Each attempt is a new process: only what is on disk is left.
            try
            {
                await _world.Device(library.Session, "other").SyncAsync();
                break;
            }
            catch (HttpRequestException)
            {
                continue;
            }
        }
        var other = _world.Device(library.Session, "other");
        Assert.Equal(7, other.Files(Assert.Single(other.Albums)).Count);
        Assert.InRange(diffs, 16, 21);
    }

    [Fact]
    public async Task A_journal_torn_at_any_byte_loses_at_most_what_is_fetched_again()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2)]);
        var directory = Path.Combine(_world.Directory, "device" + library.Session.UserId);
        var journal = Assert.Single(Directory.GetFiles(directory, "files-*.jsonl"));
        var whole = await File.ReadAllBytesAsync(journal);
        for (var length = 0; length < whole.Length; length += 97)
        {
            await File.WriteAllBytesAsync(journal, whole[..length]);
            var torn = _world.Device(library.Session);
            await torn.SyncAsync();
            Assert.Equal(2, torn.Files(Assert.Single(torn.Albums)).Count);
            Assert.Equal(2, _world.Device(library.Session).Files(album).Count);
        }
    }

    [Fact]
    public async Task A_journal_that_changes_for_ever_does_not_grow_for_ever()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var bin = new TrashBin(library);
        var journal = Assert.Single(Directory.GetFiles(Path.Combine(_world.Directory, "device" + library.Session.UserId), "files-*.jsonl"));
        long largest = 0;
        for (var i = 0; i < 150; i++)
        {
            await bin.RemoveAsync(library.Files(album));
            await library.SyncAsync();
            Assert.Empty(library.Files(album));
            await bin.RestoreAsync(library.Trash(), album);
            await library.SyncAsync();
            Assert.Single(library.Files(album));
            largest = Math.Max(largest, File.ReadLines(journal).Count());
        }
        Assert.InRange(largest, 100, 700);
        Assert.Single(_world.Device(library.Session).Files(album));
    }

    [Fact]
    public async Task More_without_anything_newer_is_an_error_and_no_endless_loop()
    {
        var (library, _) = await _world.WithAlbumAsync();
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/collections/v2/diff"
            ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"diff":[],"hasMore":true}""") }
            : null;
        await library.SyncAsync();
        Assert.Contains("nothing newer", Assert.Single(library.Problems.All), StringComparison.Ordinal);
        Assert.Throws<UntrustworthyDataException>(library.RequireOwnAlbums);
    }

    [Fact]
    public async Task Trash_restore_and_deletion_for_good()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2)]);
        var bin = new TrashBin(library);
        await bin.RemoveAsync(library.Files(album));
        await library.SyncAsync();
        Assert.Empty(library.Files(album));
        Assert.Equal(2, library.Trash().Count);

        var other = await library.CreateAlbumAsync("Other");
        await bin.RestoreAsync([.. library.Trash().Where(t => t.File.Title is "a.jpg")], other);
        await bin.DeleteAsync([.. library.Trash().Where(t => t.File.Title is "b.jpg").Select(t => t.File.Id)]);
        await library.SyncAsync();
        Assert.Empty(library.Trash());
        var restored = Assert.Single(library.Files(library.FindAlbum(other.Id)!));
        Assert.Equal("a.jpg", restored.Title);
        await new Downloader(library.Http).DownloadAsync(restored, new MemoryStream());
    }

    [Fact]
    public async Task A_deleted_album_disappears_and_its_files_can_still_be_restored_on_a_new_device()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var bin = new TrashBin(library);
        await bin.RemoveAsync(library.Files(album));
        await bin.DeleteAlbumAsync(album);
        var other = _world.Device(library.Session, "other");
        await other.SyncAsync();
        Assert.Empty(other.Albums);
        Assert.Empty(other.Problems.All);
        Assert.Equal("a.jpg", Assert.Single(other.Trash()).File.Title);
    }

    [Fact]
    public async Task An_entry_that_does_not_open_is_reported_and_hides_nothing_else()
    {
        var (library, _) = await _world.WithAlbumAsync("Good");
        var stranger = library.Session with { MasterKey = new byte[32] };
        await new Library(stranger.Connect(_world.Server.Options), stranger, Path.Combine(_world.Directory, "wrong")).CreateAlbumAsync("Bad");
        await library.SyncAsync();
        Assert.Equal("Good", Assert.Single(library.Albums).Name);
        Assert.Contains("cannot be decrypted", Assert.Single(library.Problems.All), StringComparison.Ordinal);
    }
}
