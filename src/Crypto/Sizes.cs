namespace Ente.Orleans.Crypto;

internal static class Sizes
{
    /// <summary>libsodium trusts its pointers, so every fixed length is checked before a call.</summary>
    public static void Require(ReadOnlySpan<byte> value, int size, string name)
    {
        if (value.Length != size)
            throw new ArgumentException($"Must be {size} bytes, has {value.Length}.", name);
    }
}
