namespace Ente.Orleans.Client;

/// <summary>What names tell about photos and videos, where looking inside is not possible or not enough.</summary>
internal static class MediaNames
{
    /// <summary>With dot, lower case.</summary>
    public static readonly string[] ImageExtensions =
    [
        ".heic", ".heif", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".jxl", ".jp2", ".dng", ".cr2", ".cr3",
        ".nef", ".arw", ".orf", ".rw2", ".raf", ".psd",
    ];

    private static readonly string[] VideoExtensions =
        [".mov", ".mp4", ".m4v", ".3gp", ".avi", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".mts", ".m2ts", ".flv"];

    public static bool IsImage(string extension) => ImageExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase);

    public static bool IsVideo(string extension) => VideoExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name promises a photo or video.</summary>
    public static bool IsMedia(string path) => Path.GetExtension(path) is { } extension && (IsImage(extension) || IsVideo(extension));
}
