using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Crypto;

/// <summary>The system does not give Argon2id the memory it was asked to use; a smaller limit may work.</summary>
public sealed class PasswordHashMemoryException(long memLimit) : Exception($"Argon2id could not get {memLimit} bytes of memory.");

/// <summary>
/// Argon2id version 1.3 with one lane (08 §2): turns a password into a key. The limits come with the account or the link; they
/// are never assumed (08 §3.1).
/// </summary>
public static class PasswordHash
{
    public const int SaltSize = 16;

    private const int AlgorithmArgon2Id13 = 2;
    private const long MinimumMemory = 8192;
    private const long MaximumMemory = 4398046510080;

    /// <param name="password">Hashed as UTF-8, without normalisation.</param>
    /// <param name="salt">16 bytes.</param>
    /// <param name="opsLimit">Number of passes, 1 or more.</param>
    /// <param name="memLimit">Memory in bytes, 8192 or more.</param>
    /// <param name="outLen">Length of the key in bytes, 16 or more.</param>
    /// <exception cref="ArgumentException">A length or limit is outside of what Argon2id allows.</exception>
    /// <exception cref="PasswordHashMemoryException">The system does not give that much memory.</exception>
    public static byte[] Argon2id(string password, ReadOnlySpan<byte> salt, long opsLimit, long memLimit, int outLen = 32)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        try
        {
            return Argon2id(bytes, salt, opsLimit, memLimit, outLen);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc cref="Argon2id(string, ReadOnlySpan{byte}, long, long, int)"/>
    public static byte[] Argon2id(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, long opsLimit, long memLimit, int outLen = 32)
    {
        Sizes.Require(salt, SaltSize, nameof(salt));
        ArgumentOutOfRangeException.ThrowIfLessThan(opsLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opsLimit, uint.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(memLimit, MinimumMemory);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(memLimit, MaximumMemory);
        ArgumentOutOfRangeException.ThrowIfLessThan(outLen, 16);
        var key = new byte[outLen];
        var result = Libsodium.crypto_pwhash(
            key, (ulong)outLen, password, (ulong)password.Length, salt, (ulong)opsLimit, (nuint)memLimit, AlgorithmArgon2Id13);
        // With every argument in range, lack of memory is the only failure libsodium has left.
        return result == 0 ? key : throw new PasswordHashMemoryException(memLimit);
    }
}

/// <summary>libsodium's <c>crypto_kdf_derive_from_key</c>: independent sub-keys of one key (08 §2).</summary>
public static class KeyDerivation
{
    /// <param name="key">32 bytes.</param>
    /// <param name="length">Length of the sub-key in bytes, 16 to 64.</param>
    /// <param name="id">Number of the sub-key.</param>
    /// <param name="context">Exactly 8 ASCII characters that name the purpose.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static byte[] Derive(ReadOnlySpan<byte> key, int length, ulong id, string context)
    {
        Sizes.Require(key, 32, nameof(key));
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 64);
        if (context.Length != 8 || !Ascii.IsValid(context))
            throw new ArgumentException("Must be 8 ASCII characters.", nameof(context));
        var sub = new byte[length];
        Libsodium.Check(
            Libsodium.crypto_kdf_derive_from_key(sub, (nuint)length, id, Encoding.ASCII.GetBytes(context), key),
            nameof(Libsodium.crypto_kdf_derive_from_key));
        return sub;
    }

    /// <summary>The 16-byte SRP password made from the key-encryption key (08 §3, login key).</summary>
    public static byte[] LoginKey(ReadOnlySpan<byte> keyEncryptionKey) => Derive(keyEncryptionKey, 32, 1, "loginctx")[..16];
}
