using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// What the store records of an object or a part, in the last 96 bytes of its file.
/// </summary>
/// <remarks>
/// A side-car file would need a second rename, and a crash between the two would pair new bytes with old checksums. A
/// trailer is published by the same rename as the bytes, is written in one pass (the checksums are known only at the end),
/// and leaves the object at offset 0.
/// <code>
///  0  magic "EOSTORE1"      32  MD5 behind the ETag: of the bytes, or of the parts' MD5s (16)
///  8  length (int64 LE)     48  SHA-256 of the bytes (32)
/// 16  stored, unix ms       80  first 16 bytes of SHA-256 over the 80 bytes above and the key
/// 24  parts, 0 = one PUT
/// </code>
/// The last field ties the trailer to its key, so that a file under a wrong name is noticed.
/// </remarks>
internal readonly record struct ObjectTrailer(long Length, DateTimeOffset StoredAt, int Parts, byte[] Md5, byte[] Sha256)
{
    public const int Size = 96;
    private const int SealedSize = 80;

    private static ReadOnlySpan<byte> Magic => "EOSTORE1"u8;

    public string ETag => Parts == 0 ? ETags.OfMd5(Md5) : ETags.OfParts(Md5, Parts);

    public ObjectHead ToHead() => new(Length, ETag, Parts == 0 ? Md5 : null, Sha256, StoredAt);

    public void Write(Span<byte> target, string name)
    {
        target[..Size].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], StoredAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], Parts);
        Md5.CopyTo(target[32..]);
        Sha256.CopyTo(target[48..]);
        Seal(target[..SealedSize], name).CopyTo(target[SealedSize..]);
    }

    /// <summary>Reads the trailer of an open file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, cut short or under another name than it was written for.</exception>
    public static ObjectTrailer Read(SafeFileHandle file, string name)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var offset = RandomAccess.GetLength(file) - Size;
        if (offset < 0 || RandomAccess.Read(file, bytes, offset) != Size
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) != offset
            || !Seal(bytes[..SealedSize], name).SequenceEqual(bytes[SealedSize..]))
        {
            throw new InvalidDataException($"The stored file of '{name}' is damaged.");
        }

        return new ObjectTrailer(
            offset,
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..])),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
            bytes.Slice(32, MD5.HashSizeInBytes).ToArray(),
            bytes.Slice(48, SHA256.HashSizeInBytes).ToArray());
    }

    private static ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> sealedPart, string name)
    {
        Span<byte> input = stackalloc byte[SealedSize + ObjectKey.MaxLength];
        sealedPart.CopyTo(input);
        var length = SealedSize + Encoding.ASCII.GetBytes(name, input[SealedSize..]);
        return SHA256.HashData(input[..length]).AsSpan(0, Size - SealedSize);
    }
}

/// <summary>ETags in S3's two forms, with their quotes.</summary>
internal static class ETags
{
    public static string OfMd5(ReadOnlySpan<byte> md5) => $"\"{Convert.ToHexStringLower(md5)}\"";

    public static string OfParts(ReadOnlySpan<byte> md5OfMd5s, int parts) => $"\"{Convert.ToHexStringLower(md5OfMd5s)}-{parts}\"";

    /// <summary>The ETag without quotes in lower case: web clients send parts' ETags as received, mobile ones without quotes.</summary>
    public static string Bare(string etag) => etag.Trim().Trim('"').ToLowerInvariant();
}
