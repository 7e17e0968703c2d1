using System.Net;
using System.Text;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

/// <summary>Values that other people, cameras and file systems choose never leave the item that they belong to.</summary>
public sealed class ForeignValueTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("""{"title":"a","creationTime":9223372036854775807,"modificationTime":-9223372036854775808,"fileType":0}""")]
    [InlineData("""{"title":"a","creationTime":1e300,"modificationTime":253402300799999999,"fileType":99999999999}""")]
    [InlineData("""{"title":"\ud800","creationTime":"x","modificationTime":[],"fileType":{}}""")]
    [InlineData("""{"title":7,"hash":"\udfff","creationTime":null}""")]
    public void Whatever_stands_in_metadata_can_be_shown_and_saved(string metadata)
    {
        var file = Open(metadata, size: long.MaxValue);
        Assert.NotNull(file);
        foreach (var time in new[] { file.CreationTime, file.ModificationTime })
        {
            foreach (var zone in new[] { -14, 0, 14 }.Select(h => TimeZoneInfo.CreateCustomTimeZone($"z{h}", TimeSpan.FromHours(h), null, null)))
                _ = TimeZoneInfo.ConvertTime(MediaFile.TimeOf(time), zone).ToString("O");
        }
        var path = Path.Combine(_world.Directory, FileNames.Safe(file.Title));
        File.WriteAllText(path, "x");
        File.SetLastWriteTimeUtc(path, MediaFile.TimeOf(file.ModificationTime));
        File.SetLastWriteTimeUtc(path, MediaFile.TimeOf(file.CreationTime));
        Assert.Null(file.EncryptedSize);
        Assert.Null(file.Size);
    }

    [Theory]
    [InlineData("""{"title":"a","title":"b"}""")]
    [InlineData("[1]")]
    [InlineData("not json")]
    public void Metadata_that_is_none_does_not_open(string metadata) => Assert.Null(Open(metadata, size: 5));

    [Fact]
    public async Task A_file_that_does_not_open_is_told_by_whoever_lists_it_and_hides_nothing()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library, parallel: 1).AddAsync(album, [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2)]);
        var told = new List<string>();
        _world.Server.SpoilMetadata();
        var other = new Library(library.Session.Connect(_world.Server.Options), library.Session, Path.Combine(_world.Directory, "other"), new Problems(told.Add));
        await other.SyncAsync();
        Assert.Empty(told);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("a.jpg", Assert.Single(other.Files(other.FindAlbum(album.Id)!)).Title);
            // Once, at the moment of finding, however often it is looked at.
            Assert.Contains("cannot be decrypted", Assert.Single(told), StringComparison.Ordinal);
        }

        // The visitor of a link too.
        var link = await new AlbumSharing(library.Http, World.FastKdf).CreateLinkAsync(album);
        var visit = await PublicAlbum.OpenAsync(ServerDouble.Address, link, () => Task.FromResult<string?>(null), _world.Server.Options, World.FastKdf);
        var problems = new Problems();
        Assert.Single(await visit.ListAsync(problems));
        Assert.Single(problems.All);
    }

    [Fact]
    public async Task What_others_spoil_in_a_shared_album_does_not_disturb_adding_to_an_own_one()
    {
        var (library, album) = await _world.WithAlbumAsync("Shared");
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var bob = _world.Device(await _world.SignUpAsync("bob@example.org"));
        await new AlbumSharing(library.Http, World.FastKdf).ShareAsync(album, "bob@example.org", "COLLABORATOR");
        _world.Server.SpoilMetadata();
        var own = await bob.CreateAlbumAsync("Own");
        await World.Uploader(bob).AddAsync(own, [_world.Photo("b.jpg", seed: 2)]);
        Assert.Empty(bob.Problems.All);
        Assert.Empty(bob.Files(bob.Albums.Single(a => !a.IsOwn)));
        Assert.Single(bob.Problems.All);
    }

    [Fact]
    public async Task An_album_that_cannot_be_read_leaves_the_others_and_stops_what_depends_on_it()
    {
        var (library, album) = await _world.WithAlbumAsync("A");
        var second = await library.CreateAlbumAsync("B");
        await World.Uploader(library).AddAsync(second, [_world.Photo("a.jpg")]);
        var other = _world.Device(library.Session, "other");
        _world.Server.Fault = r => r.RequestUri!.PathAndQuery.StartsWith($"/collections/v2/diff?collectionID={album.Id}&", StringComparison.Ordinal)
            ? new HttpResponseMessage(HttpStatusCode.InternalServerError)
            : null;
        await other.SyncAsync();
        Assert.Contains("Album A cannot be read", Assert.Single(other.Problems.All), StringComparison.Ordinal);
        Assert.Single(other.Files(other.FindAlbum(second.Id)!));
        // Not knowing all own files it would upload some of them again.
        await Assert.ThrowsAsync<EnteApiException>(() => World.Uploader(other).AddAsync(second, [_world.Photo("b.jpg", seed: 2)]));
        Assert.Single(_world.Server.Calls, "POST /files");
    }

    [Fact]
    public async Task A_failure_after_the_last_upload_does_not_take_the_report_away()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var isUploaded = false;
        _world.Server.Fault = r =>
        {
            isUploaded |= r.RequestUri!.AbsolutePath is "/files";
            return isUploaded && r.RequestUri.AbsolutePath is "/collections/v2" ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
        };
        var report = await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        Assert.Equal(UploadResult.Uploaded, Assert.Single(report.Outcomes).Result);
        Assert.Contains("read back", Assert.Single(library.Problems.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_file_that_may_not_be_added_leaves_the_others_of_its_call()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var paths = Enumerable.Range(0, 20).Select(i => _world.Photo($"{i}.jpg", seed: i)).ToList();
        await World.Uploader(library).AddAsync(album, paths);
        var second = await library.CreateAlbumAsync("Second");
        _world.Server.RefusedFile = library.Files(library.FindAlbum(album.Id)!).Single(f => f.Title is "7.jpg").Id;
        var report = await World.Uploader(library).AddAsync(second, paths);
        Assert.Equal(paths[7], Assert.Single(report.Outcomes, o => o.Result == UploadResult.Failed).Path);
        Assert.Equal(19, library.Files(library.FindAlbum(second.Id)!).Count);

        var removed = await new TrashBin(library).RemoveAsync(library.Files(library.FindAlbum(album.Id)!));
        Assert.Equal(19, removed.Trashed.Count);
        Assert.Contains("7.jpg", Assert.Single(library.Problems.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9999:12:31 23:59:59", "-05:00")]
    [InlineData("9999:12:31 23:59:59", "+05:00")]
    [InlineData("9999:12:31 23:59:59", null)]
    [InlineData("0001:01:01 00:00:00", "+14:00")]
    [InlineData("0001:01:01 00:00:00", null)]
    public async Task A_date_at_the_end_of_time_is_none_in_every_zone(string date, string? offset)
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = Path.Combine(_world.Directory, "far.jpg");
        await File.WriteAllBytesAsync(path, Jpegs.WithDate(date, offset));
        foreach (var hours in new[] { -12, 0, 14 })
        {
            var zone = TimeZoneInfo.CreateCustomTimeZone("z", TimeSpan.FromHours(hours), null, null);
            Assert.Equal(DateSource.FileSystem, MediaDetails.Read(path, MediaType.Image, zone).DatedBy);
        }
        var report = await World.Uploader(library).AddAsync(album, [path, _world.Photo("a.jpg")]);
        Assert.All(report.Outcomes, o => Assert.Equal(UploadResult.Uploaded, o.Result));
    }

    [Fact]
    public void A_file_that_was_written_after_the_end_of_the_calendar_has_a_time_all_the_same()
    {
        var path = _world.Photo("late.jpg");
        using (var touch = System.Diagnostics.Process.Start("touch", ["-d", "@253402300800", path]))
            touch.WaitForExit();
        var details = MediaDetails.Read(path, MediaType.Image, TimeZoneInfo.Utc);
        Assert.Equal(details.ModificationTime, Moment.Clamp(details.ModificationTime));
    }

    private static MediaFile? Open(string metadata, long size)
    {
        var (collection, key) = (Secrets.RandomBytes(32), Secrets.RandomBytes(32));
        var boxed = Boxed.Create(key, collection);
        var blob = Blob.Encrypt(Encoding.UTF8.GetBytes(metadata), key);
        var header = Convert.ToBase64String(blob.Header);
        return MediaFile.Open(
            new RemoteFile
            {
                ID = 7,
                OwnerID = 8,
                CollectionID = 9,
                EncryptedKey = boxed.Cipher,
                KeyDecryptionNonce = boxed.Nonce,
                File = new Wire.FileAttributes { DecryptionHeader = header },
                Thumbnail = new Wire.FileAttributes { DecryptionHeader = header },
                Metadata = new Wire.FileAttributes { DecryptionHeader = header, EncryptedData = Convert.ToBase64String(blob.Cipher) },
                Info = new FileSizes { FileSize = size },
            },
            collection);
    }
}
