using System.Formats.Cbor;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>Reads CBOR that somebody sent: whatever is wrong with it is no exception, but nothing.</summary>
internal static class UntrustedCbor
{
    /// <summary>Null when the bytes are not one well-formed value, or not one that <paramref name="read"/> takes.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> bytes, Func<CborReader, T?> read)
        where T : class =>
        Guarded(new CborReader(bytes, CborConformanceMode.Strict), reader => read(reader) is { } value && reader.BytesRemaining == 0 ? value : null);

    /// <summary>Takes the map that the bytes begin with off them, still encoded.</summary>
    public static bool TryTakeMap(ref ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> map)
    {
        var reader = new CborReader(bytes, CborConformanceMode.Strict, allowMultipleRootLevelValues: true);
        var size = Guarded<object>(reader, r => r.PeekState() == CborReaderState.StartMap ? r.ReadEncodedValue().Length : null) as int? ?? 0;
        (map, bytes) = (bytes[..size], bytes[size..]);
        return size > 0;
    }

    private static T? Guarded<T>(CborReader reader, Func<CborReader, T?> read)
        where T : class
    {
        try
        {
            return read(reader);
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            // InvalidOperationException: another kind of value than was asked for, and also some that are none.
            return null;
        }
    }
}
