using System.IO.Compression;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>The content of a live photo: a zip of exactly <c>image.ext</c> and <c>video.ext</c>, not compressed (08 §8.6).</summary>
internal static class LivePhotoZip
{
    public const string Image = "image";
    public const string Video = "video";

    /// <summary>Writes the zip and returns the hash of what went into it (08 §8.5).</summary>
    public static string Write(string image, string video, Stream target)
    {
        using var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        return LivePairs.JoinHashes(Add(zip, Image, image), Add(zip, Video, video));
    }

    private static string Add(ZipArchive zip, string name, string path)
    {
        using var part = RegularFile.OpenRead(path);
        if (part.Length > LivePairs.LargestPart)
            throw new IOException("The file changed while it was being uploaded.");
        var content = new byte[part.Length];
        part.ReadExactly(content);
        using var entry = zip.CreateEntry(name + Path.GetExtension(path), CompressionLevel.NoCompression).Open();
        entry.Write(content);
        return Convert.ToBase64String(GenericHash.Compute(content));
    }
}
