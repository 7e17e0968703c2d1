using System.Buffers.Binary;
using System.Text;

namespace Ente.Orleans.Client.Tests;

internal static class Jpegs
{
    /// <summary>A JPEG of nothing but an EXIF block with a date (and offset and fraction of a second).</summary>
    public static byte[] WithDate(string date, string? offset, string? fraction = null)
    {
        var entries = new List<(ushort Tag, byte[] Value)> { (0x9003, Encoding.ASCII.GetBytes(date + "\0")) };
        if (offset is not null)
            entries.Add((0x9011, Encoding.ASCII.GetBytes(offset + "\0")));
        if (fraction is not null)
            entries.Add((0x9291, Encoding.ASCII.GetBytes(fraction + "\0")));

        // TIFF, little-endian: IFD0 at 8 with one pointer (0x8769) to the sub-IFD at 26.
        var tiff = new List<byte>([(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0]);
        var valuesAt = 26 + 2 + entries.Count * 12 + 4;
        var values = new List<byte>();
        tiff.AddRange(BitConverter.GetBytes((ushort)entries.Count));
        foreach (var (tag, value) in entries)
        {
            tiff.AddRange(BitConverter.GetBytes(tag));
            tiff.AddRange(BitConverter.GetBytes((ushort)2));
            tiff.AddRange(BitConverter.GetBytes(value.Length));
            if (value.Length <= 4)
            {
                tiff.AddRange(value);
                tiff.AddRange(new byte[4 - value.Length]);
                continue;
            }
            tiff.AddRange(BitConverter.GetBytes(valuesAt + values.Count));
            values.AddRange(value);
        }
        tiff.AddRange(new byte[4]);
        tiff.AddRange(values);
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(tiff.Count + 8));
        return [0xFF, 0xD8, 0xFF, 0xE1, .. length, .. "Exif\0\0"u8, .. tiff, 0xFF, 0xD9];
    }
}
