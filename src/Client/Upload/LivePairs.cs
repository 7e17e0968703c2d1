using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>What becomes one file: a photo or video, or the photo and the video of a live photo.</summary>
internal sealed record UploadItem(string Path, string? Video = null);

/// <summary>Finds the two parts of live photos among files (08 §8.6).</summary>
internal static class LivePairs
{
    /// <summary>Bytes that each part may have at most.</summary>
    public const long LargestPart = 20 << 20;

    private const long Day = 24L * 3600 * 1_000_000;
    private static readonly string[] PartSuffixes = ["_3", "_HVEC"];

    /// <summary>
    /// Pairs a photo and a video of one directory whose names agree but for their extensions, where there are exactly these two: of
    /// more nobody could tell which belong together. In the order of the files; a pair stands where its photo stood.
    /// </summary>
    public static IReadOnlyList<UploadItem> Of(IReadOnlyList<string> files)
    {
        var videos = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var same in files.Where(MediaNames.IsMedia).GroupBy(NameOfBoth, StringComparer.Ordinal))
        {
            if (same.ToList() is [var one, var other] && Order(one, other) is { } pair && IsSmall(pair.Image) && IsSmall(pair.Video))
                videos[pair.Image] = pair.Video;
        }
        var paired = videos.Values.ToHashSet(StringComparer.Ordinal);
        return [.. files.Where(f => !paired.Contains(f)).Select(f => new UploadItem(f, videos.GetValueOrDefault(f)))];
    }

    /// <summary>Whether two parts were taken together; a time that is only the file system's says nothing about that.</summary>
    public static bool AreOfOneTime(MediaDetails image, MediaDetails video) =>
        image.DatedBy == DateSource.FileSystem || video.DatedBy == DateSource.FileSystem
        || Math.Abs(image.CreationTime - video.CreationTime) <= Day;

    /// <summary>Where a live photo's parts are hashed one by one (08 §8.5).</summary>
    public static string JoinHashes(string image, string video) => $"{image}:{video}";

    private static (string Image, string Video)? Order(string one, string other) =>
        MediaNames.IsImage(Path.GetExtension(one)) && MediaNames.IsVideo(Path.GetExtension(other)) ? (one, other)
        : MediaNames.IsImage(Path.GetExtension(other)) && MediaNames.IsVideo(Path.GetExtension(one)) ? (other, one)
        : null;

    private static string NameOfBoth(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        // Some exports name the video IMG_1.HEIC.MOV.
        if (MediaNames.IsMedia(stem))
            stem = Path.GetFileNameWithoutExtension(stem);
        foreach (var suffix in PartSuffixes)
        {
            if (stem.Length > suffix.Length && stem.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                stem = stem[..^suffix.Length];
        }
        return Path.Combine(Path.GetDirectoryName(path) ?? "", stem);
    }

    private static bool IsSmall(string path)
    {
        try
        {
            using var file = RegularFile.OpenRead(path);
            return file.Length is > 0 and <= LargestPart;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Said when the file itself is looked at.
            return false;
        }
    }
}
