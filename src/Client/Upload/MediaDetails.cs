using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.Formats.QuickTime;

namespace Ente.Orleans.Client;

/// <summary>Where the date of a photo or video comes from, the best first.</summary>
public enum DateSource
{
    /// <summary>The JSON of an export.</summary>
    SideCar,

    /// <summary>Inside the file, by the camera.</summary>
    Embedded,

    /// <summary>The file's name.</summary>
    Name,

    /// <summary>When the file was last written, which is often when it was copied.</summary>
    FileSystem,
}

/// <summary>What can be said about a photo or video before it is encrypted (08 §8.2, §8.3); times in microseconds.</summary>
internal sealed record MediaDetails
{
    public required MediaType Type { get; init; }
    public required long CreationTime { get; init; }

    /// <summary>Where <see cref="CreationTime"/> comes from.</summary>
    public DateSource DatedBy { get; init; } = DateSource.FileSystem;

    public required long ModificationTime { get; init; }
    public double? Latitude { get; init; }
    public double? Longitude { get; init; }

    /// <summary>Whole seconds, rounded up; videos only.</summary>
    public long? Duration { get; init; }

    /// <summary>Local time as the camera wrote it, without zone.</summary>
    public string? LocalTime { get; init; }

    /// <summary><c>+02:00</c> or <c>Z</c>, when the camera wrote one.</summary>
    public string? Offset { get; init; }

    public long? Width { get; init; }
    public long? Height { get; init; }

    /// <summary>
    /// Looks into a file. The date comes from a side-car of an export, else from inside the file, else from its name, else from
    /// its modification time. Damaged embedded data is treated as absent: the photo is uploaded all the same.
    /// </summary>
    /// <param name="path">An existing photo or video, or a link to one.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="zone">Zone in which times without one are read: the uploader's.</param>
    /// <param name="sideCars">Remembers what lies in the directories of a batch.</param>
    /// <exception cref="IOException">The file or its side-car cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public static MediaDetails Read(string path, MediaType type, TimeZoneInfo zone, SideCars? sideCars = null)
    {
        MediaDetails details;
        using (var file = RegularFile.OpenRead(path))
            details = ReadEmbedded(file, Path.GetFileName(path), type, zone);
        if ((sideCars ?? new SideCars()).Find(path) is not { } sideCar)
            return details;
        if (sideCar.Place is { } place)
            details = details with { Latitude = place.Latitude, Longitude = place.Longitude };
        if (sideCar.Taken is not { } taken)
            return details;
        // Apps sort by the camera's local time first: where the export has another day, somebody has corrected a wrong clock.
        var isCorrected = Math.Abs(taken - details.CreationTime) > OneDay;
        return details with
        {
            CreationTime = taken,
            DatedBy = DateSource.SideCar,
            LocalTime = isCorrected ? null : details.LocalTime,
            Offset = isCorrected ? null : details.Offset,
        };
    }

    /// <summary>A place that is one: zeros stand for "unknown" (08 §8.3), and a sphere has no other numbers.</summary>
    public static (double Latitude, double Longitude)? Place(double latitude, double longitude) =>
        Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180 && (latitude != 0 || longitude != 0) ? (latitude, longitude) : null;

    private const long OneDay = 24L * 3600 * 1_000_000;

    /// <summary>The immutable metadata (08 §8.2).</summary>
    public JsonObject ToMetadata(string title, string hash, bool hasStaticThumbnail)
    {
        var metadata = new JsonObject
        {
            ["fileType"] = (int)Type,
            ["title"] = title,
            ["creationTime"] = CreationTime,
            ["modificationTime"] = ModificationTime,
            ["hash"] = hash,
        };
        if (Latitude is not null && Longitude is not null)
        {
            metadata["latitude"] = Latitude;
            metadata["longitude"] = Longitude;
        }
        if (Duration is not null)
            metadata["duration"] = Duration;
        if (hasStaticThumbnail)
            metadata["hasStaticThumbnail"] = true;
        return metadata;
    }

    /// <summary>The public magic metadata (08 §8.3); may have no keys.</summary>
    public JsonObject ToPublicMetadata(bool hasStaticThumbnail)
    {
        var metadata = new JsonObject();
        if (LocalTime is not null)
            metadata["dateTime"] = LocalTime;
        if (Offset is not null)
            metadata["offsetTime"] = Offset;
        if (Width is not null && Height is not null)
        {
            metadata["w"] = Width;
            metadata["h"] = Height;
        }
        if (hasStaticThumbnail)
            metadata["noThumb"] = true;
        return metadata;
    }

    /// <summary>A date in a file name, as cameras, phones and screenshot tools write it; null when there is none.</summary>
    internal static DateTime? DateInName(string name)
    {
        var match = NamePattern.Match(name);
        if (!match.Success)
            return null;
        var hasTime = match.Groups["h"].Success;
        var text = $"{match.Groups["y"]}{match.Groups["m"]}{match.Groups["d"]}"
            + (hasTime ? $"{match.Groups["h"]}{match.Groups["n"]}{match.Groups["s"]}" : "000000");
        return DateTime.TryParseExact(text, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
    }

    private static readonly Regex NamePattern = new(
        @"(?<![0-9])(?<y>(19|20)[0-9]{2})[-_.]?(?<m>0[1-9]|1[0-2])[-_.]?(?<d>0[1-9]|[12][0-9]|3[01])"
        + @"((?:[-_. T]+|[ ]at[ ])(?<h>[01][0-9]|2[0-3])[-_.:]?(?<n>[0-5][0-9])[-_.:]?(?<s>[0-5][0-9])|(?![0-9]))",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));

    private static MediaDetails ReadEmbedded(FileStream file, string name, MediaType type, TimeZoneInfo zone)
    {
        var modified = Moment.LastWrite(file.SafeFileHandle);
        var details = new MediaDetails { Type = type, CreationTime = modified, ModificationTime = modified };
        if (DateInName(name) is { } named)
            details = details with { CreationTime = Moment.From(named, zone.GetUtcOffset(named)), DatedBy = DateSource.Name };
        try
        {
            var directories = ImageMetadataReader.ReadMetadata(file);
            return type == MediaType.Video ? WithVideo(details, directories) : WithImage(details, directories, zone);
        }
        catch (Exception)
        {
            // A reader of dozens of formats meets damaged files in more ways than it documents; each means "no embedded data".
            return details;
        }
    }

    private static MediaDetails WithImage(MediaDetails details, IReadOnlyList<MetadataExtractor.Directory> directories, TimeZoneInfo zone)
    {
        var exif = directories.OfType<ExifSubIfdDirectory>().FirstOrDefault();
        var main = directories.OfType<ExifIfd0Directory>().FirstOrDefault();
        var found = ExifDate(exif, ExifDirectoryBase.TagDateTimeOriginal)
            ?? ExifDate(exif, ExifDirectoryBase.TagDateTimeDigitized)
            ?? ExifDate(main, ExifDirectoryBase.TagDateTime);
        if (found is { } taken)
        {
            // 0x9011: offset of the original time; 0x9291: its fraction of a second, as digits.
            var offsetText = exif?.GetString(0x9011)?.Trim();
            if (exif?.GetString(0x9291)?.Trim() is { Length: > 0 } fraction
                && double.TryParse("0." + fraction, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
                taken = taken.AddMilliseconds(Math.Floor(seconds * 1000));
            var hasOffset = DateTimeOffset.TryParseExact(
                $"2000-01-01T00:00:00{offsetText}", "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var probe);
            details = details with
            {
                CreationTime = Moment.From(taken, hasOffset ? probe.Offset : zone.GetUtcOffset(taken)),
                DatedBy = DateSource.Embedded,
                LocalTime = taken.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture),
                Offset = hasOffset ? (probe.Offset == TimeSpan.Zero ? "Z" : offsetText) : null,
            };
        }
        if (directories.OfType<GpsDirectory>().FirstOrDefault()?.GetGeoLocation() is { } location && Place(location.Latitude, location.Longitude) is { } place)
            details = details with { Latitude = place.Latitude, Longitude = place.Longitude };
        return WithDimensions(details, directories, main);
    }

    private static MediaDetails WithDimensions(
        MediaDetails details, IReadOnlyList<MetadataExtractor.Directory> directories, ExifIfd0Directory? main)
    {
        foreach (var directory in directories.Where(d => d.Name is "JPEG" or "PNG-IHDR" or "WebP" or "GIF Header" or "HEIC Primary Item Properties"))
        {
            var width = directory.Tags.FirstOrDefault(t => t.Name is "Image Width");
            var height = directory.Tags.FirstOrDefault(t => t.Name is "Image Height");
            if (width is null || height is null
                || !directory.TryGetInt64(width.Type, out var w) || !directory.TryGetInt64(height.Type, out var h) || w <= 0 || h <= 0)
                continue;
            // Orientations 5 to 8 lie on their side; people see the other shape.
            var turned = main is not null && main.TryGetInt32(ExifDirectoryBase.TagOrientation, out var o) && o is >= 5 and <= 8;
            return details with { Width = turned ? h : w, Height = turned ? w : h };
        }
        return details;
    }

    private static MediaDetails WithVideo(MediaDetails details, IReadOnlyList<MetadataExtractor.Directory> directories)
    {
        var header = directories.OfType<QuickTimeMovieHeaderDirectory>().FirstOrDefault();
        if (header is null)
            return details;
        // The header's time is UTC; cameras without a clock leave its epoch, 1904.
        if (header.TryGetDateTime(QuickTimeMovieHeaderDirectory.TagCreated, out var created)
            && created.Year > 1970 && Moment.IsPlausible(created))
            details = details with { CreationTime = Moment.FromUtc(created), DatedBy = DateSource.Embedded };
        if (header.GetObject(QuickTimeMovieHeaderDirectory.TagDuration) is TimeSpan { Ticks: >= 0 } duration)
            details = details with { Duration = (long)Math.Ceiling(duration.TotalSeconds) };
        return details;
    }

    private static DateTime? ExifDate(MetadataExtractor.Directory? directory, int tag) =>
        directory is not null && directory.TryGetDateTime(tag, out var date) && Moment.IsPlausible(date)
            ? DateTime.SpecifyKind(date, DateTimeKind.Unspecified)
            : null;
}
