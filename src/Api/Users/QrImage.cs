using System.Buffers.Binary;
using System.IO.Compression;
using QRCoder;

namespace Ente.Orleans.Api.Users;

/// <summary>A QR code as a PNG of exactly 200 × 200 pixels (api/01 §F), black on white.</summary>
internal static class QrImage
{
    private const int Side = 200;

    public static byte[] Png(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix;
        var scale = Side / modules.Count;
        var margin = (Side - (scale * modules.Count)) / 2;

        // One bit a pixel, rows padded to bytes, each behind a filter byte 0 (PNG, W3C §7.2, §9).
        const int stride = 1 + ((Side + 7) / 8);
        var pixels = new byte[Side * stride];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var (row, column) = ((y - margin) / scale, (x - margin) / scale);
                var isInside = y >= margin && x >= margin && row < modules.Count && column < modules.Count;
                if (!(isInside && modules[row][column])) pixels[(y * stride) + 1 + (x / 8)] |= (byte)(0x80 >> (x % 8));
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Side);
        header[8] = 1;
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Deflate(pixels));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.SmallestSize)) zlib.Write(bytes);
        return deflated.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var b in data)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return crc;
    }
}
