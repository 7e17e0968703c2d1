namespace Ente.Orleans.Crypto;

/// <summary>An X25519 key pair, both halves 32 bytes (08 §2).</summary>
public sealed record KeyPair(byte[] PublicKey, byte[] SecretKey)
{
    public const int KeySize = 32;

    public static KeyPair Generate()
    {
        var publicKey = new byte[KeySize];
        var secretKey = new byte[KeySize];
        Libsodium.Check(Libsodium.crypto_box_keypair(publicKey, secretKey), nameof(Libsodium.crypto_box_keypair));
        return new KeyPair(publicKey, secretKey);
    }

    /// <summary>The pair that belongs to a secret key: public key = scalar × base point.</summary>
    /// <exception cref="ArgumentException">The secret key is not 32 bytes.</exception>
    public static KeyPair FromSecretKey(ReadOnlySpan<byte> secretKey)
    {
        Sizes.Require(secretKey, KeySize, nameof(secretKey));
        var publicKey = new byte[KeySize];
        Libsodium.Check(Libsodium.crypto_scalarmult_base(publicKey, secretKey), nameof(Libsodium.crypto_scalarmult_base));
        return new KeyPair(publicKey, secretKey.ToArray());
    }

    /// <summary>Says which key this is without printing the secret half.</summary>
    public override string ToString() => $"KeyPair {Convert.ToBase64String(PublicKey)}";
}

/// <summary>
/// libsodium's <c>crypto_box_seal</c>: anybody encrypts to a public key, only the pair opens (08 §2). Output is plain + 48 bytes.
/// </summary>
public static class SealedBox
{
    public const int Overhead = 48;

    /// <exception cref="ArgumentException">
    /// The public key is not 32 bytes, or is a point that X25519 refuses (a key of small order): nothing can be sealed to it.
    /// </exception>
    public static byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> publicKey)
    {
        Sizes.Require(publicKey, KeyPair.KeySize, nameof(publicKey));
        var cipher = new byte[plain.Length + Overhead];
        if (Libsodium.crypto_box_seal(cipher, plain, (ulong)plain.Length, publicKey) != 0)
            throw new ArgumentException("Is not a usable X25519 public key.", nameof(publicKey));
        return cipher;
    }

    /// <summary>False when the cipher text was altered, was sealed to another key, or any length is wrong.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey, out byte[] plain)
    {
        plain = [];
        if (cipher.Length < Overhead || publicKey.Length != KeyPair.KeySize || secretKey.Length != KeyPair.KeySize)
            return false;
        var opened = new byte[cipher.Length - Overhead];
        if (Libsodium.crypto_box_seal_open(opened, cipher, (ulong)cipher.Length, publicKey, secretKey) != 0)
            return false;
        plain = opened;
        return true;
    }
}
