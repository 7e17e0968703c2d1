namespace Ente.Orleans.Crypto;

/// <summary>
/// libsodium's <c>crypto_secretbox_easy</c> (XSalsa20-Poly1305): the <i>box</i> of the contract (08 §2). The cipher text is the
/// 16-byte MAC followed by the encrypted bytes.
/// </summary>
public static class SecretBox
{
    public const int KeySize = 32;
    public const int NonceSize = 24;
    public const int MacSize = 16;

    /// <summary>Encrypts under a nonce that must never be used again with this key. Returns plain + 16 bytes.</summary>
    /// <exception cref="ArgumentException">Key or nonce has the wrong length.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        Sizes.Require(nonce, NonceSize, nameof(nonce));
        Sizes.Require(key, KeySize, nameof(key));
        var cipher = new byte[plain.Length + MacSize];
        Libsodium.Check(
            Libsodium.crypto_secretbox_easy(cipher, plain, (ulong)plain.Length, nonce, key), nameof(Libsodium.crypto_secretbox_easy));
        return cipher;
    }

    /// <summary>False when the cipher text was altered, the key is another one, or any length is wrong.</summary>
    public static bool TryDecrypt(ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key, out byte[] plain)
    {
        plain = [];
        if (cipher.Length < MacSize || nonce.Length != NonceSize || key.Length != KeySize)
            return false;
        var opened = new byte[cipher.Length - MacSize];
        if (Libsodium.crypto_secretbox_open_easy(opened, cipher, (ulong)cipher.Length, nonce, key) != 0)
            return false;
        plain = opened;
        return true;
    }

    /// <summary>Encrypts under a fresh random nonce and puts that nonce in front: 24 + 16 + plain bytes.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> key)
    {
        var nonce = Secrets.RandomBytes(NonceSize);
        return [.. nonce, .. Encrypt(plain, nonce, key)];
    }

    /// <summary>Opens what <see cref="Seal"/> made; false for anything else.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> key, out byte[] plain)
    {
        plain = [];
        return sealedBytes.Length >= NonceSize + MacSize
            && TryDecrypt(sealedBytes[NonceSize..], sealedBytes[..NonceSize], key, out plain);
    }
}
