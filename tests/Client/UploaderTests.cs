using System.Net;
using System.Text.Json.Nodes;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

public sealed class UploaderTests : IDisposable
{
    private const int MultipartLength = 5 * SecretStream.ChunkSize * 2 + 12345;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(4)]
    [InlineData(SecretStream.ChunkSize)]
    [InlineData(SecretStream.ChunkSize + 1)]
    [InlineData(4 * SecretStream.ChunkSize)]
    [InlineData(4 * SecretStream.ChunkSize + 1)]
    [InlineData(MultipartLength)]
    public async Task Files_of_every_size_come_back_as_they_were(int length)
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", length);
        var arrived = new Arrivals();
        var report = await World.Uploader(library).AddAsync(album, [path], arrived);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.Equal(SecretStream.EncryptedLength(length), arrived.Sent["a.jpg"]);
        Assert.Equal(length > 4 * SecretStream.ChunkSize, _world.Server.Calls.Contains("POST /files/multipart-upload-url"));
        Assert.Equal(0, library.UnfinishedUploads);

        var file = Assert.Single(library.Files(library.FindAlbum(album.Id)!));
        Assert.Equal(length, file.Size);
        var saved = await new DownloadDirectory(new Downloader(library.Http), Path.Combine(_world.Directory, "out")).SaveAsync(file);
        Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(Assert.Single(saved)));
    }

    [Fact]
    public async Task The_same_directory_again_transfers_nothing()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var paths = Enumerable.Range(0, 10).Select(i => _world.Photo($"sub/{i}.jpg", seed: i)).ToList();
        var directory = Path.Combine(_world.Directory, "photos");
        await World.Uploader(library).AddAsync(album, World.Files(directory));
        var objects = _world.Server.Store.Keys.Count();
        Assert.Equal(20, objects);

        var again = await World.Uploader(_world.Device(library.Session, "other")).AddAsync(album, World.Files(directory));
        Assert.Equal(10, again.Outcomes.Count);
        Assert.All(again.Outcomes, o => Assert.Equal(UploadResult.AlreadyInAlbum, o.Result));
        Assert.Equal(objects, _world.Server.Store.Keys.Count());
        Assert.Equal(paths, again.Outcomes.Select(o => o.Path));
    }

    [Fact]
    public async Task A_file_of_another_album_is_added_without_a_transfer_and_many_with_one_call()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var paths = Enumerable.Range(0, 10).Select(i => _world.Photo($"{i}.jpg", seed: i)).ToList();
        await World.Uploader(library).AddAsync(album, paths);
        var second = await library.CreateAlbumAsync("Second");
        var requests = _world.Server.Store.Requests.Count;
        _world.Server.Calls.Clear();

        var report = await World.Uploader(library).AddAsync(second, paths);
        Assert.All(report.Outcomes, o => Assert.Equal(UploadResult.AddedToAlbum, o.Result));
        Assert.Equal(requests, _world.Server.Store.Requests.Count);
        Assert.Single(_world.Server.Calls, "POST /collections/add-files");
        var files = library.Files(library.FindAlbum(second.Id)!);
        Assert.Equal(10, files.Count);
        await new Downloader(library.Http).DownloadAsync(files[0], new MemoryStream());
    }

    [Fact]
    public async Task Equal_files_of_one_batch_become_one_and_equal_content_of_another_name_another()
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] paths = [_world.Photo("x/a.jpg"), _world.Photo("y/a.jpg"), _world.Photo("z/a.jpg"), _world.Photo("b.jpg")];
        var report = await World.Uploader(library).AddAsync(album, paths);
        Assert.Equal(2, report.Outcomes.Count(o => o.Result == UploadResult.Uploaded));
        Assert.Equal(2, report.Outcomes.Count(o => o.Result == UploadResult.AlreadyInAlbum));
        Assert.Equal(["a.jpg", "b.jpg"], library.Files(library.FindAlbum(album.Id)!).Select(f => f.Title).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_interrupted_multipart_upload_sends_only_the_missing_parts()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", MultipartLength);
        _world.Server.Store.Fault = r => IsPart(r, 2) ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
        var broken = await World.Uploader(library, parallel: 1).AddAsync(album, [path]);
        var failure = Assert.Single(broken.Outcomes);
        Assert.Equal(UploadResult.Failed, failure.Result);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, Assert.IsType<EnteApiException>(failure.Error).Status);
        Assert.Equal(1, library.UnfinishedUploads);
        Assert.Equal(4, _world.Server.Store.Requests.Count(r => r.Contains("part=2", StringComparison.Ordinal)));

        // It holds the file's key.
        var pending = Assert.Single(Directory.GetFiles(_world.Directory, "*.upload", SearchOption.AllDirectories));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pending));

        _world.Server.Store.Fault = null;
        _world.Server.Store.Requests.Clear();
        var restarted = _world.Device(library.Session);
        var report = await World.Uploader(restarted).AddAsync(album, [path]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.DoesNotContain(_world.Server.Store.Requests, r => r.Contains("part=1", StringComparison.Ordinal));
        Assert.Single(_world.Server.Calls, "POST /files/multipart-upload-url");
        Assert.Equal(0, restarted.UnfinishedUploads);
        var content = new MemoryStream();
        await new Downloader(restarted.Http).DownloadAsync(Assert.Single(restarted.Files(restarted.FindAlbum(album.Id)!)), content);
        Assert.Equal(await File.ReadAllBytesAsync(path), content.ToArray());
    }

    [Fact]
    public async Task An_upload_that_was_joined_but_not_registered_is_registered_without_a_transfer()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", MultipartLength);
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/files" ? throw new HttpRequestException("gone") : null;
        Assert.Equal(UploadResult.Failed, Assert.Single((await World.Uploader(library).AddAsync(album, [path])).Outcomes).Result);
        _world.Server.Fault = null;
        _world.Server.Store.Requests.Clear();
        var report = await World.Uploader(_world.Device(library.Session)).AddAsync(album, [path]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.DoesNotContain(_world.Server.Store.Requests, r => r.Contains("part=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_upload_that_the_store_has_forgotten_begins_again()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", MultipartLength);
        _world.Server.Store.Fault = r => IsPart(r, 3) ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
        await World.Uploader(library, parallel: 1).AddAsync(album, [path]);
        var forgotten = 0;
        _world.Server.Store.Fault = r => IsPart(r, 3) && forgotten++ == 0 ? new HttpResponseMessage(HttpStatusCode.NotFound) : null;
        var arrived = new Arrivals();
        var report = await World.Uploader(library).AddAsync(album, [path], arrived);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.Equal(2, _world.Server.Calls.Count(c => c is "POST /files/multipart-upload-url"));
        Assert.Equal(SecretStream.EncryptedLength(MultipartLength), arrived.Sent["a.jpg"]);
    }

    [Fact]
    public async Task Another_content_under_the_old_name_never_continues_an_upload()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", MultipartLength);
        _world.Server.Store.Fault = r => IsPart(r, 2) ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
        await World.Uploader(library, parallel: 1).AddAsync(album, [path]);
        _world.Server.Store.Fault = null;
        _world.Photo("a.jpg", MultipartLength, seed: 99);
        var report = await World.Uploader(library).AddAsync(album, [path]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.Equal(2, _world.Server.Calls.Count(c => c is "POST /files/multipart-upload-url"));
        Assert.Equal(1, library.UnfinishedUploads);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_sent_is_not_registered()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", MultipartLength);
        var changed = false;
        _world.Server.Fault = r =>
        {
            // After the first pass has fixed the MD5 of every part, before the second pass encrypts them.
            if (r.RequestUri!.AbsolutePath is "/files/multipart-upload-url" && !changed)
            {
                changed = true;
                using var file = File.OpenWrite(path);
                file.Position = MultipartLength - 1;
                file.WriteByte(42);
                file.WriteByte(42);
            }
            return null;
        };
        var outcome = Assert.Single((await World.Uploader(library).AddAsync(album, [path])).Outcomes);
        Assert.True(changed);
        Assert.Equal(UploadResult.Failed, outcome.Result);
        Assert.Contains("changed", outcome.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("POST /files", _world.Server.Calls);
    }

    [Theory]
    [InlineData(HttpStatusCode.PaymentRequired)]
    [InlineData(HttpStatusCode.UpgradeRequired)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task A_refusal_that_concerns_the_account_stops_the_batch(HttpStatusCode status)
    {
        var (library, album) = await _world.WithAlbumAsync();
        var paths = Enumerable.Range(0, 20).Select(i => _world.Photo($"{i}.jpg", seed: i)).ToList();
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/files/upload-url" ? new HttpResponseMessage(status) : null;
        var report = await World.Uploader(library, parallel: 1).AddAsync(album, paths);
        Assert.Equal(status, report.StoppedBy!.Status);
        Assert.Single(report.Outcomes);
        Assert.Single(_world.Server.Calls, "POST /files/upload-url");
    }

    [Fact]
    public async Task A_refusal_that_concerns_one_file_leaves_the_others()
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] paths = [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2), _world.Photo("c.jpg", seed: 3)];
        var seen = 0;
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/files" && Interlocked.Increment(ref seen) == 2
            ? new HttpResponseMessage(HttpStatusCode.RequestEntityTooLarge)
            : null;
        var report = await World.Uploader(library).AddAsync(album, paths);
        Assert.Null(report.StoppedBy);
        Assert.Equal(2, report.Outcomes.Count(o => o.Result == UploadResult.Uploaded));
        Assert.Equal(1, report.Outcomes.Count(o => o.Result == UploadResult.Failed));
    }

    [Fact]
    public async Task Passing_trouble_of_the_network_is_outlasted()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var storeTrouble = 0;
        var apiTrouble = 0;
        _world.Server.Store.Fault = _ => ++storeTrouble <= 3 ? throw new HttpRequestException("reset") : null;
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/files" && ++apiTrouble <= 3 ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        var report = await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
    }

    [Fact]
    public async Task What_is_no_photo_or_video_is_left_alone()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var text = Path.Combine(_world.Directory, "notes.jpg");
        await File.WriteAllTextAsync(text, "no picture, whatever the name says");
        var empty = Path.Combine(_world.Directory, "empty.jpg");
        await File.WriteAllBytesAsync(empty, []);
        var report = await World.Uploader(library).AddAsync(album, [text, empty]);
        Assert.Equal([UploadResult.NotMedia, UploadResult.Failed], report.Outcomes.Select(o => o.Result));
        Assert.Contains("empty", report.Outcomes[1].Error!.Message, StringComparison.Ordinal);
        Assert.True(Uploader.PromisesMedia(text));
        Assert.Empty(_world.Server.Store.Keys);
    }

    [Fact]
    public async Task Into_an_album_of_somebody_else_files_go_by_way_of_an_own_one()
    {
        var (library, album) = await _world.WithAlbumAsync("Shared");
        var bob = _world.Device(await _world.SignUpAsync("bob@example.org"));
        await new AlbumSharing(library.Http, World.FastKdf).ShareAsync(album, "bob@example.org", "COLLABORATOR");
        await bob.SyncAsync();
        var shared = Assert.Single(bob.Albums);
        Assert.Equal("COLLABORATOR", shared.Role);
        var report = await World.Uploader(bob).AddAsync(shared, [_world.Photo("bobs.jpg")]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);

        await library.SyncAsync();
        var file = Assert.Single(library.Files(library.FindAlbum(album.Id)!));
        Assert.Equal("bobs.jpg", file.Title);
        await new Downloader(library.Http).DownloadAsync(file, new MemoryStream());
        Assert.Equal(UploadResult.AlreadyInAlbum, Assert.Single((await World.Uploader(bob).AddAsync(bob.FindAlbum(album.Id)!, [_world.Photo("bobs.jpg")])).Outcomes).Result);
    }

    [Fact]
    public async Task Metadata_says_what_the_contract_wants()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("IMG_20220126_130820.jpg");
        File.SetLastWriteTimeUtc(path, new DateTime(2023, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        await World.Uploader(library).AddAsync(album, [path]);
        var metadata = Assert.Single(library.Files(library.FindAlbum(album.Id)!)).Metadata;
        Assert.Equal(0, (int)metadata["fileType"]!);
        Assert.Equal("IMG_20220126_130820.jpg", (string)metadata["title"]!);
        Assert.Equal(1643202500000000, (long)metadata["creationTime"]!);
        Assert.Equal(1683356889000000, (long)metadata["modificationTime"]!);
        Assert.Equal(Convert.ToBase64String(GenericHash.Compute(await File.ReadAllBytesAsync(path))), (string)metadata["hash"]!);
        Assert.True((bool)metadata["hasStaticThumbnail"]!);
        Assert.Matches("^[0-9]+$", JsonNode.Parse(metadata.ToJsonString())!["creationTime"]!.ToJsonString());
    }

    private static bool IsPart(HttpRequestMessage request, int part) =>
        request.Method == HttpMethod.Put && request.RequestUri!.Query.EndsWith($"&part={part}", StringComparison.Ordinal);

    private sealed class Arrivals : IProgress<UploadProgress>
    {
        public Dictionary<string, long> Sent { get; } = new(StringComparer.Ordinal);

        public void Report(UploadProgress value)
        {
            lock (Sent)
                Sent[Path.GetFileName(value.Path)] = value.Sent;
        }
    }
}
