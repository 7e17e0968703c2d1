namespace Ente.Orleans.Client;

/// <summary>Tells photos from videos by their first bytes; a name can lie, and the clients go by content too.</summary>
internal static class MediaSniffer
{
    private const int HeadSize = 512;

    private static readonly byte[][] ImageStarts =
    [
        [0xFF, 0xD8, 0xFF], // JPEG
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A],
        "GIF8"u8.ToArray(),
        "BM"u8.ToArray(),
        [(byte)'I', (byte)'I', 0x2A, 0x00], // TIFF, DNG, CR2, NEF, ARW
        [(byte)'M', (byte)'M', 0x00, 0x2A],
        "IIRO"u8.ToArray(), // ORF
        "IIRS"u8.ToArray(),
        [(byte)'I', (byte)'I', 0x55, 0x00], // RW2
        "FUJIFILMCCD-RAW"u8.ToArray(),
        "8BPS"u8.ToArray(),
        [0xFF, 0x0A], // JPEG XL
        [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' '],
        [0, 0, 0, 0x0C, (byte)'j', (byte)'P', (byte)' ', (byte)' '], // JPEG 2000
    ];

    private static readonly byte[][] VideoStarts =
    [
        [0x1A, 0x45, 0xDF, 0xA3], // Matroska, WebM
        "FLV"u8.ToArray(),
        [0x00, 0x00, 0x01, 0xBA], // MPEG
        [0x00, 0x00, 0x01, 0xB3],
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], // WMV
    ];

    private static readonly string[] ImageBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "crx "];
    private static readonly string[] AudioBrands = ["M4A ", "M4B ", "M4P "];
    private static readonly string[] OldQuickTimeAtoms = ["moov", "mdat", "wide", "pnot", "skip", "free"];

    /// <summary>Image or video; null for anything else, which no client of the protocol could show.</summary>
    /// <param name="file">Read from its position on.</param>
    public static MediaType? Sniff(Stream file)
    {
        var head = new byte[HeadSize];
        return Sniff(head.AsSpan(0, file.ReadAtLeast(head, HeadSize, throwOnEndOfStream: false)));
    }

    public static MediaType? Sniff(ReadOnlySpan<byte> head)
    {
        foreach (var start in ImageStarts)
        {
            if (head.StartsWith(start))
                return MediaType.Image;
        }
        foreach (var start in VideoStarts)
        {
            if (head.StartsWith(start))
                return MediaType.Video;
        }
        if (head.Length < 12)
            return null;
        var atom = Latin(head[4..8]);
        if (string.Equals(atom, "ftyp", StringComparison.Ordinal))
        {
            var brand = Latin(head[8..12]);
            if (ImageBrands.Contains(brand, StringComparer.Ordinal))
                return MediaType.Image;
            return AudioBrands.Contains(brand, StringComparer.Ordinal) ? null : MediaType.Video;
        }
        if (OldQuickTimeAtoms.Contains(atom, StringComparer.Ordinal))
            return MediaType.Video;
        if (head.StartsWith("RIFF"u8))
        {
            return Latin(head[8..12]) switch
            {
                "WEBP" => MediaType.Image,
                "AVI " => MediaType.Video,
                _ => null,
            };
        }
        // An MPEG transport stream has a 0x47 at the start of every packet of 188 bytes.
        return head.Length > 376 && head[0] == 0x47 && head[188] == 0x47 && head[376] == 0x47 ? MediaType.Video : null;
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);
}
