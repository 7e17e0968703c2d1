using System.Diagnostics;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

/// <summary>Saving again changes nothing, whatever happened in between.</summary>
public sealed class DownloadDirectoryTests : IDisposable
{
    private readonly World _world = new();

    private string Out => Path.Combine(_world.Directory, "out");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Files_that_are_there_are_neither_fetched_again_nor_overwritten()
    {
        var (library, files) = await UploadedAsync("a.jpg");
        var first = Assert.Single(await SaveAllAsync(library, files));
        Assert.Equal(File.GetLastWriteTimeUtc(Path.Combine(_world.Directory, "photos", "0", "a.jpg")), File.GetLastWriteTimeUtc(first), TimeSpan.FromMilliseconds(1));
        await AssertNothingChangesAsync(library, files);

        await File.WriteAllTextAsync(first, "somebody's own file of that name");
        Assert.Equal(Path.Combine(Out, "a (1).jpg"), Assert.Single(await SaveAllAsync(library, files)));
        Assert.Equal("somebody's own file of that name", await File.ReadAllTextAsync(first));
        await AssertNothingChangesAsync(library, files);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Photos_of_one_title_get_the_same_names_in_every_run(bool remembered)
    {
        var (library, files) = await UploadedAsync("a.jpg", "a.jpg", "A.jpg", "a.jpg", "a (1).jpg", "b.jpg");
        await SaveAllAsync(library, files);
        var names = Contents();
        Assert.Equal(6, names.Count);
        Assert.Equal(files.Where(f => f.Title == "a.jpg").OrderBy(f => f.Id).Select(f => f.Hash), new[] { "a.jpg", "a (2).jpg", "a (3).jpg" }.Select(n => names[n]));
        // Directories from before there was a memory are recognised by content.
        if (!remembered)
            File.Delete(Path.Combine(Out, SavedFiles.FileName));
        await AssertNothingChangesAsync(library, files);
        await AssertNothingChangesAsync(library, [.. files.Reverse()]);

        // A second directory, with another order of arrival, gets the same names.
        Directory.Move(Out, Out + "-first");
        _world.Server.Store.Corrupt = content =>
        {
            Thread.Sleep(content.Length % 7);
            return new MemoryStream(content);
        };
        await SaveAllAsync(library, [.. files.Reverse()]);
        Assert.Equal(names, Contents());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Live_photos_are_saved_once_also_beside_others_of_their_names(bool remembered)
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] paths =
        [
            _world.Photo("x/IMG_1.HEIC"), Movie("x/IMG_1.MOV", 1), _world.Photo("y/IMG_1.HEIC", seed: 2), Movie("y/IMG_1.MOV", 2), Movie("z/IMG_1.MOV", 3),
        ];
        await World.Uploader(library, parallel: 1).AddAsync(album, paths);
        var files = library.Files(library.FindAlbum(album.Id)!);
        Assert.Equal(2, files.Count(f => f.Type == MediaType.LivePhoto));
        await SaveAllAsync(library, files);
        Assert.Equal(5, Contents().Count);
        Assert.Equal(await File.ReadAllBytesAsync(paths[4]), await File.ReadAllBytesAsync(Path.Combine(Out, "IMG_1.MOV")));
        if (!remembered)
            File.Delete(Path.Combine(Out, SavedFiles.FileName));
        await AssertNothingChangesAsync(library, files);
    }

    [Fact]
    public async Task A_file_without_a_hash_is_remembered_too()
    {
        var (library, files) = await UploadedAsync("a.jpg", "a.jpg");
        files = [.. files.Select(f => f with { Hash = null })];
        await SaveAllAsync(library, files);
        await AssertNothingChangesAsync(library, files);
    }

    [Fact]
    public async Task What_was_deleted_comes_back_under_its_name_and_what_was_only_touched_stays()
    {
        var (library, files) = await UploadedAsync("a.jpg", "a.jpg");
        await SaveAllAsync(library, files);
        var names = Contents();
        File.Delete(Path.Combine(Out, "a.jpg"));
        File.SetLastWriteTimeUtc(Path.Combine(Out, "a (1).jpg"), DateTime.UtcNow);
        await SaveAllAsync(library, files);
        Assert.Equal(names, Contents());
        await AssertNothingChangesAsync(library, files);
    }

    [Fact]
    public async Task Another_content_of_a_file_is_fetched()
    {
        var (library, files) = await UploadedAsync("a.jpg");
        await SaveAllAsync(library, files);
        var requests = _world.Server.Store.Requests.Count;
        await Assert.ThrowsAsync<UntrustworthyDataException>(
            () => _world.Downloads(library).SaveAsync(files[0] with { ContentHeader = new byte[SecretStream.HeaderSize], Hash = "another" }));
        Assert.True(_world.Server.Store.Requests.Count > requests);
    }

    [Fact]
    public async Task What_a_killed_run_left_behind_is_removed_and_what_a_living_one_writes_is_not()
    {
        var (library, files) = await UploadedAsync("a.jpg");
        Directory.CreateDirectory(Out);
        var abandoned = Path.Combine(Out, ".ente-orleans-0123.part");
        await File.WriteAllTextAsync(abandoned, "half");
        await File.WriteAllTextAsync(Path.Combine(Out, SavedFiles.FileName), "{\"file\":\"torn");
        await using var living = Drafts.Create(Out);
        await SaveAllAsync(library, files);
        Assert.False(File.Exists(abandoned));
        Assert.True(File.Exists(living.Name));
        await AssertNothingChangesAsync(library, files);
    }

    [Fact]
    public async Task A_pipe_in_the_way_is_not_opened()
    {
        var (library, files) = await UploadedAsync("a.jpg");
        Directory.CreateDirectory(Out);
        FileSearchTests.MakePipe(Path.Combine(Out, "a.jpg"));
        Assert.Equal(["a (1).jpg"], (await SaveAllAsync(library, files).WaitAsync(TimeSpan.FromSeconds(30))).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_full_disk_is_called_that_and_not_repeated()
    {
        var (library, files) = await UploadedAsync("a.jpg");
        _world.Server.Store.Requests.Clear();
        await using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var failure = await Assert.ThrowsAsync<IOException>(() => new Downloader(library.Http).DownloadAsync(files[0], full));
        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
        Assert.Single(_world.Server.Store.Requests);
    }

    [Fact]
    public async Task On_a_disk_that_fills_up_the_small_files_are_saved_and_nothing_is_left_of_the_large_one()
    {
        Directory.CreateDirectory(Out);
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", Out]))
        {
            mount.WaitForExit();
            // Only root can; the test above holds without.
            if (mount.ExitCode != 0)
                return;
        }
        try
        {
            var (library, files) = await UploadedAsync(("small.jpg", 1000), ("large.jpg", 3 << 20), ("other.jpg", 2000));
            _world.Server.Store.Requests.Clear();
            var failures = new List<Exception>();
            var saved = await SaveAllAsync(library, files, failures);
            Assert.Equal(["other.jpg", "small.jpg"], saved.Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Contains("No space left", Assert.IsType<IOException>(Assert.Single(failures)).Message, StringComparison.Ordinal);
            Assert.Equal(3, _world.Server.Store.Requests.Count);
            Assert.DoesNotContain(Directory.EnumerateFiles(Out), p => p.EndsWith(".part", StringComparison.Ordinal));
        }
        finally
        {
            using var unmount = Process.Start("umount", [Out]);
            unmount.WaitForExit();
        }
    }

    [Fact]
    public async Task One_file_that_cannot_be_had_leaves_the_others()
    {
        var (library, files) = await UploadedAsync("a.jpg", "b.jpg", "c.jpg");
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath.EndsWith($"/{files[1].Id}", StringComparison.Ordinal) ? new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable) : null;
        var failures = new List<Exception>();
        Assert.Equal(2, (await SaveAllAsync(library, files, failures)).Count);
        Assert.IsType<EnteApiException>(Assert.Single(failures));
    }

    private async Task AssertNothingChangesAsync(Library library, IReadOnlyList<MediaFile> files)
    {
        var (before, requests) = (Contents(), _world.Server.Store.Requests.Count);
        await SaveAllAsync(library, files);
        Assert.Equal(before, Contents());
        Assert.Equal(requests, _world.Server.Store.Requests.Count);
    }

    private Dictionary<string, string> Contents() => Directory.EnumerateFiles(Out).Where(p => !Path.GetFileName(p).StartsWith('.')).Order(StringComparer.Ordinal)
        .ToDictionary(p => Path.GetFileName(p), p => Convert.ToBase64String(GenericHash.Compute(File.ReadAllBytes(p))));

    /// <summary>A new directory object each time, as a new process has it.</summary>
    private async Task<IReadOnlyList<string>> SaveAllAsync(Library library, IReadOnlyList<MediaFile> files, List<Exception>? failures = null)
    {
        var saved = new List<string>();
        await _world.Downloads(library).SaveAllAsync(files, 4, (_, _) => { }, (_, paths, failure) =>
        {
            lock (saved)
            {
                saved.AddRange(paths);
                if (failure is not null)
                    (failures ?? throw failure).Add(failure);
            }
        });
        return saved;
    }

    private Task<(Library Library, IReadOnlyList<MediaFile> Files)> UploadedAsync(params string[] titles) => UploadedAsync([.. titles.Select(t => (t, 1000))]);

    private async Task<(Library Library, IReadOnlyList<MediaFile> Files)> UploadedAsync(params (string Title, int Length)[] photos)
    {
        var (library, album) = await _world.WithAlbumAsync();
        // One at a time, so that the ids are in the order of the titles.
        await World.Uploader(library, parallel: 1).AddAsync(album, [.. photos.Select((p, i) => _world.Photo($"{i}/{p.Title}", p.Length, seed: i))]);
        var files = library.Files(library.FindAlbum(album.Id)!);
        Assert.Equal(photos.Length, files.Count);
        return (library, files);
    }

    private string Movie(string name, byte seed)
    {
        var path = _world.Photo(name);
        File.WriteAllBytes(path, [0, 0, 0, 20, .. "ftypisom"u8, 0, 0, 2, 0, .. "isom"u8, seed]);
        return path;
    }
}
