using System.IO.Compression;
using System.Text;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

/// <summary>Directories as other services export them.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Takeout = """{"title":"x","creationTime":{"timestamp":"1700000000"},"photoTakenTime":{"timestamp":"1600000000"},"geoData":{"latitude":47.5,"longitude":8.25}}""";

    // As Ente's own export writes it: the photo's time is the time of creation.
    private const string EntesOwn = """{"title":"x","creationTime":{"timestamp":1600000000,"formatted":"…"},"geoData":{"latitude":47.5,"longitude":8.25}}""";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("X.jpg", "X.jpg.json")]
    [InlineData("X.jpg", "X.jpg.supplemental-metadata.json")]
    [InlineData("X.jpg", "X.jpg.supplemental-metada.json")]
    [InlineData("X.jpg", "X.jpg.suppl.json")]
    [InlineData("X.jpg", "X.jpg.s.json")]
    [InlineData("X.jpg", "X.jpg..json")]
    [InlineData("X(1).jpg", "X.jpg(1).json")]
    [InlineData("X(1).jpg", "X.jpg.supplemental-metadata(1).json")]
    [InlineData("X(1).jpg", "X.jpg.suppl(1).json")]
    [InlineData("X(1).jpg", "X(1).jpg.json")]
    [InlineData("X-edited.jpg", "X.jpg.json")]
    [InlineData("X-edited.jpg", "X.jpg.supplemental-metadata.json")]
    [InlineData("X-edited(1).jpg", "X.jpg.supplemental-metadata(1).json")]
    [InlineData("X-bearbeitet.jpg", "X.jpg.suppl.json")]
    [InlineData("X.jpg", "metadata/X.jpg.json")]
    [InlineData("X.jpg", "X.json")]
    [InlineData("x.JPG", "x.jpg.json")]
    [InlineData("a name of more characters than Takeout kee_123.jpg", "a name of more characters than Takeout kee_123.json")]
    [InlineData("a name of more characters than Takeout keeps.jpg", "a name of more characters than Takeout keeps.j.json")]
    [InlineData("a name so very long that Takeout has cut it in.jpg", "a name so very long that Takeout has cut it in.json")]
    [InlineData("a name so very long that Takeout has cut it out.jpg", "a name so very long that Takeout has cut it ou.json")]
    [InlineData("a name so very long that Takeout has cut it out(1).jpg", "a name so very long that Takeout has cut it ou(1).json")]
    [InlineData("a name so very long that Takeout cut.jpg", "a name so very long that Takeout cut.jpg.suppl.json")]
    public void Date_and_place_are_found_under_every_name_that_a_side_car_can_have(string photo, string sideCar)
    {
        var details = Read(photo, sideCar, sideCar.StartsWith("metadata/", StringComparison.Ordinal) ? EntesOwn : Takeout);
        Assert.Equal(1_600_000_000_000_000, details.CreationTime);
        Assert.Equal(DateSource.SideCar, details.DatedBy);
        Assert.Equal((47.5, 8.25), (details.Latitude, details.Longitude));
    }

    [Theory]
    [InlineData("X.jpg", "X.jpg(1).json")]
    [InlineData("X(1).jpg", "X.jpg.json")]
    [InlineData("X(2).jpg", "X.jpg.supplemental-metadata(1).json")]
    [InlineData("X.jpg", "XY.jpg.json")]
    [InlineData("X.jpg", "X.jpg.other.json")]
    [InlineData("XY.jpg", "X.json")]
    [InlineData("a short name that begins alike.jpg", "a short name.json")]
    [InlineData("X.jpg", "X.png.json")]
    public void The_side_car_of_another_file_is_not_taken(string photo, string sideCar) =>
        Assert.Equal(DateSource.FileSystem, Read(photo, sideCar, Takeout).DatedBy);

    [Fact]
    public void A_video_of_a_live_photo_has_the_photos_side_car() =>
        Assert.Equal(1_600_000_000_000_000, Read("X.MP4", "X.HEIC.supplemental-metadata.json", Takeout).CreationTime);

    [Theory]
    [InlineData("""{"photoTakenTime":{"timestamp":"253402300799"}}""")]
    [InlineData("""{"photoTakenTime":{"timestamp":"-99999999999"}}""")]
    [InlineData("""{"photoTakenTime":{"timestamp":"9223372036854775807"},"geoData":{"latitude":1e999,"longitude":5}}""")]
    [InlineData("""{"photoTakenTime":{"timestamp":"-9223372036854775808"}}""")]
    [InlineData("""{"geoData":{"latitude":91,"longitude":8}}""")]
    public void Values_that_no_photo_can_have_are_none(string json)
    {
        var details = Read("X.jpg", "X.jpg.json", json);
        Assert.Equal(DateSource.FileSystem, details.DatedBy);
        Assert.Null(details.Latitude);
        Assert.NotEmpty(details.ToMetadata("X.jpg", "hash", false).ToJsonString());
    }

    [Fact]
    public async Task A_side_car_that_is_a_pipe_or_cannot_be_read_is_the_files_problem_only()
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] photos = [_world.Photo("a.jpg"), _world.Photo("b.jpg", seed: 2)];
        FileSearchTests.MakePipe(photos[0] + ".json");
        var report = await World.Uploader(library).AddAsync(album, photos).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([UploadResult.Failed, UploadResult.Uploaded], report.Outcomes.Select(o => o.Result));
    }

    [Theory]
    [InlineData("IMG_1.HEIC", "IMG_1.MOV")]
    [InlineData("IMG_1.jpg", "IMG_1.jpg.mov")]
    [InlineData("IMG_1.HEIC", "IMG_1_HVEC.MOV")]
    [InlineData("IMG_1.HEIC", "IMG_1_3.MOV")]
    public async Task The_two_parts_of_a_live_photo_become_one_file_and_come_back_as_two(string image, string video)
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] paths = [_world.Photo(image), Video(video, "moving")];
        var outcome = Assert.Single((await World.Uploader(library).AddAsync(album, paths)).Outcomes);
        Assert.Equal((UploadResult.Uploaded, paths[1]), (outcome.Result, outcome.Video));

        var file = Assert.Single(library.Files(library.FindAlbum(album.Id)!));
        Assert.Equal((MediaType.LivePhoto, image), (file.Type, file.Title));
        Assert.Equal(string.Join(':', paths.Select(p => Convert.ToBase64String(GenericHash.Compute(File.ReadAllBytes(p))))), file.Hash);
        var content = new MemoryStream();
        await new Downloader(library.Http).DownloadAsync(file, content);
        using (var zip = new ZipArchive(content))
        {
            Assert.Equal(["image" + Path.GetExtension(image), "video" + Path.GetExtension(video)], zip.Entries.Select(e => e.FullName));
            Assert.All(zip.Entries, e => Assert.Equal(e.Length, e.CompressedLength));
        }
        var saved = await _world.Downloads(library).SaveAsync(file);
        Assert.Equal(paths.Select(File.ReadAllBytes), saved.Select(File.ReadAllBytes));

        // Known by its hash, also on another device.
        var again = await World.Uploader(_world.Device(library.Session, "other")).AddAsync(album, paths);
        Assert.Equal(UploadResult.AlreadyInAlbum, Assert.Single(again.Outcomes).Result);
    }

    [Fact]
    public async Task What_only_looks_like_a_live_photo_stays_two_files()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var apart = new[] { _world.Photo("apart/20200101_120000.jpg"), Video("apart/20200101_120000.mp4", "x") };
        // The names agree; the dates, which side-cars give, do not.
        await File.WriteAllTextAsync(apart[0] + ".json", Takeout);
        await File.WriteAllTextAsync(apart[1] + ".json", Takeout.Replace("1600000000", "1600100000", StringComparison.Ordinal));
        string[] paths =
        [
            .. apart, _world.Photo("three/a.heic"), _world.Photo("three/a.jpg", seed: 5), Video("three/a.mov", "y"),
            _world.Photo("lying/b.jpg", seed: 6), _world.Photo("lying/b.mov", seed: 7), _world.Photo("here/c.jpg", seed: 8), Video("there/c.mov", "z"),
        ];
        var report = await World.Uploader(library).AddAsync(album, paths);
        Assert.Equal(paths, report.Outcomes.Select(o => o.Path));
        Assert.All(report.Outcomes, o => Assert.Equal((UploadResult.Uploaded, null), (o.Result, o.Video)));
    }

    [Fact]
    public async Task Files_with_no_date_but_that_of_the_file_system_are_told()
    {
        var (library, album) = await _world.WithAlbumAsync();
        string[] paths = [_world.Photo("plain.jpg"), _world.Photo("IMG_20220126_130820.jpg", seed: 2), _world.Photo("c.jpg", seed: 3)];
        await File.WriteAllTextAsync(paths[2] + ".json", Takeout);
        var report = await World.Uploader(library).AddAsync(album, paths);
        Assert.Equal([DateSource.FileSystem, DateSource.Name, DateSource.SideCar], report.Outcomes.Select(o => o.DatedBy));
    }

    private MediaDetails Read(string photo, string sideCar, string json)
    {
        var path = _world.Photo(photo);
        var beside = Path.Combine(Path.GetDirectoryName(path)!, sideCar);
        Directory.CreateDirectory(Path.GetDirectoryName(beside)!);
        File.WriteAllText(beside, json);
        return MediaDetails.Read(path, MediaType.Image, TimeZoneInfo.Utc);
    }

    private string Video(string name, string content)
    {
        var path = _world.Photo(name);
        File.WriteAllBytes(path, [0, 0, 0, 20, .. "ftypisom"u8, 0, 0, 2, 0, .. "isom"u8, .. Encoding.UTF8.GetBytes(content)]);
        return path;
    }
}
