using System.Buffers.Binary;
using System.Text;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

public sealed class MediaTests : IDisposable
{
    private static readonly TimeZoneInfo Zurich = TimeZoneInfo.CreateCustomTimeZone("plus-two", TimeSpan.FromHours(2), "plus two", "plus two");

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("FFD8FFE0", MediaType.Image)]
    [InlineData("89504E470D0A1A0A", MediaType.Image)]
    [InlineData("474946383961", MediaType.Image)]
    [InlineData("49492A00", MediaType.Image)]
    [InlineData("0000001866747970686569630000", MediaType.Image)]
    [InlineData("0000001866747970617669660000", MediaType.Image)]
    [InlineData("52494646000000005745425000", MediaType.Image)]
    [InlineData("0000001866747970697336640000", MediaType.Video)]
    [InlineData("00000014667479707174202000", MediaType.Video)]
    [InlineData("000000086D6F6F7600000000", MediaType.Video)]
    [InlineData("52494646000000004156492000", MediaType.Video)]
    [InlineData("1A45DFA3", MediaType.Video)]
    [InlineData("00000018667479704D3441200000", null)]
    [InlineData("52494646000000005741564500", null)]
    [InlineData("25504446", null)]
    [InlineData("", null)]
    [InlineData("FF", null)]
    public void The_first_bytes_tell_the_kind(string hex, MediaType? type) => Assert.Equal(type, MediaSniffer.Sniff(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("IMG_20220126_130820.jpg", "2022-01-26 13:08:20")]
    [InlineData("PXL_20220126_130820123.mp4", "2022-01-26 13:08:20")]
    [InlineData("20220126130820.jpg", null)]
    [InlineData("Screenshot 2022-01-26 at 13.08.20.png", "2022-01-26 13:08:20")]
    [InlineData("signal-2022-01-26-13-08-20-123.jpg", "2022-01-26 13:08:20")]
    [InlineData("IMG-20220126-WA0001.jpg", "2022-01-26 00:00:00")]
    [InlineData("2022-02-30.jpg", null)]
    [InlineData("IMG_1234.jpg", null)]
    [InlineData("120220126.jpg", null)]
    public void A_date_is_read_from_names_as_cameras_write_them(string name, string? date) =>
        Assert.Equal(date, MediaDetails.DateInName(name)?.ToString("yyyy-MM-dd HH:mm:ss"));

    [Fact]
    public void An_embedded_date_wins_over_the_name_and_keeps_the_cameras_local_time()
    {
        var path = Jpeg("IMG_20200101_000000.jpg", "2022:01:26 13:08:20", offset: null, fraction: "123");
        var details = MediaDetails.Read(path, MediaType.Image, Zurich);
        Assert.Equal(Microseconds("2022-01-26T11:08:20.123Z"), details.CreationTime);
        Assert.Equal("2022-01-26T13:08:20.123", details.LocalTime);
        Assert.Null(details.Offset);
    }

    [Theory]
    [InlineData("-05:00", "2022-01-26T18:08:20Z", "-05:00")]
    [InlineData("+00:00", "2022-01-26T13:08:20Z", "Z")]
    [InlineData("nonsense", "2022-01-26T11:08:20Z", null)]
    public void The_cameras_offset_wins_over_the_uploaders_zone(string offset, string utc, string? written)
    {
        var details = MediaDetails.Read(Jpeg("a.jpg", "2022:01:26 13:08:20", offset, fraction: null), MediaType.Image, Zurich);
        Assert.Equal(Microseconds(utc), details.CreationTime);
        Assert.Equal(written, details.Offset);
    }

    [Fact]
    public void Without_a_date_inside_the_name_counts_and_without_that_the_modification_time()
    {
        var named = _world.Photo("IMG_20220126_130820.jpg");
        Assert.Equal(Microseconds("2022-01-26T11:08:20Z"), MediaDetails.Read(named, MediaType.Image, Zurich).CreationTime);
        var plain = _world.Photo("plain.jpg");
        File.SetLastWriteTimeUtc(plain, new DateTime(2021, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var details = MediaDetails.Read(plain, MediaType.Image, Zurich);
        Assert.Equal(Microseconds("2021-02-03T04:05:06Z"), details.CreationTime);
        Assert.Equal(details.CreationTime, details.ModificationTime);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".supplemental-metadata.json")]
    public void The_side_car_of_an_export_wins_over_all(string suffix)
    {
        var path = Jpeg("a.jpg", "2022:01:26 13:08:20", null, null);
        File.WriteAllText(path + suffix, """{"photoTakenTime":{"timestamp":"1600000000"},"geoData":{"latitude":47.5,"longitude":8.25}}""");
        var details = MediaDetails.Read(path, MediaType.Image, Zurich);
        Assert.Equal(1_600_000_000_000_000, details.CreationTime);
        Assert.Equal((47.5, 8.25), (details.Latitude, details.Longitude));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"photoTakenTime":7,"geoData":{"latitude":0,"longitude":0}}""")]
    [InlineData("""{"photoTakenTime":{"timestamp":"99999999999999999999"}}""")]
    public void A_side_car_of_something_else_is_ignored(string json)
    {
        var path = Jpeg("a.jpg", "2022:01:26 13:08:20", "+02:00", null);
        File.WriteAllText(path + ".json", json);
        var details = MediaDetails.Read(path, MediaType.Image, Zurich);
        Assert.Equal(Microseconds("2022-01-26T11:08:20Z"), details.CreationTime);
        Assert.Null(details.Latitude);
    }

    [Fact]
    public void A_video_says_its_date_and_length()
    {
        var path = Path.Combine(_world.Directory, "a.mp4");
        File.WriteAllBytes(path, Movie(new DateTime(2022, 1, 26, 13, 8, 20, DateTimeKind.Utc), milliseconds: 12_345));
        using (var movie = File.OpenRead(path))
            Assert.Equal(MediaType.Video, MediaSniffer.Sniff(movie));
        var details = MediaDetails.Read(path, MediaType.Video, Zurich);
        Assert.Equal(Microseconds("2022-01-26T13:08:20Z"), details.CreationTime);
        Assert.Equal(13, details.Duration);
        Assert.Equal(13, (long)details.ToMetadata("a.mp4", "hash", false)["duration"]!);

        File.WriteAllBytes(path, Movie(new DateTime(1904, 1, 1, 0, 0, 0, DateTimeKind.Utc), milliseconds: 1));
        Assert.Equal(details.ModificationTime, MediaDetails.Read(path, MediaType.Video, Zurich).CreationTime, 60_000_000d);
    }

    [Fact]
    public void Damaged_embedded_data_is_no_reason_to_fail()
    {
        var whole = File.ReadAllBytes(Jpeg("a.jpg", "2022:01:26 13:08:20", "+02:00", "5"));
        var path = Path.Combine(_world.Directory, "damaged.jpg");
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var j = 0; j < 5; j++)
                damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged[..random.Next(4, damaged.Length)]);
            Assert.True(MediaDetails.Read(path, MediaType.Image, Zurich).CreationTime > 0);
        }
    }

    [Fact]
    public async Task Without_programs_there_is_a_black_placeholder_and_a_hint()
    {
        var maker = new ThumbnailMaker(null, null);
        var thumbnail = await maker.CreateAsync(_world.Photo("a.jpg"), MediaType.Image);
        Assert.True(thumbnail.IsPlaceholder);
        Assert.Equal([0xFF, 0xD8, 0xFF], thumbnail.Jpeg[..3]);
        Assert.Contains("libvips-tools", maker.Hint, StringComparison.Ordinal);
        Assert.Contains("ffmpeg", maker.Hint, StringComparison.Ordinal);
        Assert.Null(new ThumbnailMaker("/bin/true", "/bin/true").Hint);
    }

    [Fact]
    public async Task Large_thumbnails_are_made_again_at_less_quality_while_that_saves_a_tenth()
    {
        // The stand-in writes (quality × 2000) bytes: 140000, 120000, 100000; each step saves a tenth, the last fits.
        var vips = Program("vips", """
            out="${7%%\[*}"; quality="${7##*\[Q=}"; quality="${quality%%,*}"
            { printf '\377\330\377'; head -c $((quality * 2000 - 3)) /dev/zero; } > "$out"
            """);
        var photo = _world.Photo("a.jpg");
        Assert.Equal(100_000, (await new ThumbnailMaker(vips, null).CreateAsync(photo, MediaType.Image)).Jpeg.Length);

        // 150070, 150060: too little saved, the better one stays.
        var stubborn = Program("stubborn", """
            out="${7%%\[*}"; quality="${7##*\[Q=}"; quality="${quality%%,*}"
            { printf '\377\330\377'; head -c $((150000 + quality - 3)) /dev/zero; } > "$out"
            """);
        Assert.Equal(150_070, (await new ThumbnailMaker(stubborn, null).CreateAsync(photo, MediaType.Image)).Jpeg.Length);
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("exit 0")]
    [InlineData("echo not a jpeg > \"${7%%[[]*}\"")]
    [InlineData("kill -9 $$")]
    public async Task A_program_that_fails_is_followed_by_the_next_and_then_by_the_placeholder(string script)
    {
        var broken = Program("broken", script);
        var ffmpeg = Program("ffmpeg", """for last; do :; done; printf '\377\330\377frame' > "$last" """);
        var photo = _world.Photo("a.jpg");
        Assert.Equal("frame"u8.ToArray(), (await new ThumbnailMaker(broken, ffmpeg).CreateAsync(photo, MediaType.Image)).Jpeg[3..]);
        Assert.True((await new ThumbnailMaker(broken, broken).CreateAsync(photo, MediaType.Image)).IsPlaceholder);
        Assert.True((await new ThumbnailMaker(broken + "-gone", null).CreateAsync(photo, MediaType.Image)).IsPlaceholder);
    }

    [Fact]
    public async Task A_thumbnail_for_which_there_is_no_room_is_no_placeholder()
    {
        var maker = new ThumbnailMaker(Program("broken", "exit 1"), null, Path.Combine(_world.Directory, "missing"));
        await Assert.ThrowsAnyAsync<IOException>(() => maker.CreateAsync(_world.Photo("a.jpg"), MediaType.Image));
    }

    [Fact]
    public async Task A_video_shorter_than_a_second_gives_its_first_frame()
    {
        var ffmpeg = Program("ffmpeg", """
            [ "$5" = 0 ] || exit 0
            for last; do :; done; printf '\377\330\377first' > "$last"
            """);
        var thumbnail = await new ThumbnailMaker(null, ffmpeg).CreateAsync(_world.Photo("a.mp4"), MediaType.Video);
        Assert.Equal("first"u8.ToArray(), thumbnail.Jpeg[3..]);
    }

    private static long Microseconds(string time) => (DateTimeOffset.Parse(time).UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;

    private string Program(string name, string script)
    {
        var path = Path.Combine(_world.Directory, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private string Jpeg(string name, string date, string? offset, string? fraction)
    {
        var path = Path.Combine(_world.Directory, name);
        File.WriteAllBytes(path, Jpegs.WithDate(date, offset, fraction));
        return path;
    }

    /// <summary>An MP4 of nothing but a movie header with a date and a duration.</summary>
    private static byte[] Movie(DateTime created, int milliseconds)
    {
        var header = new byte[108];
        var seconds = (uint)(created - new DateTime(1904, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds;
        BinaryPrimitives.WriteUInt32BigEndian(header, 108);
        "mvhd"u8.CopyTo(header.AsSpan(4));
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), seconds);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), seconds);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(20), 1000);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(24), (uint)milliseconds);
        return [0, 0, 0, 20, .. "ftypisom"u8, 0, 0, 2, 0, .. "isom"u8, 0, 0, 0, 116, .. "moov"u8, .. header];
    }
}
