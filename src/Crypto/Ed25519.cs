namespace Ente.Orleans.Crypto;

/// <summary>Ed25519 signatures (RFC 8032), which .NET itself does not verify.</summary>
public static class Ed25519
{
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    /// <summary>False also for a signature of another size, and for keys and points that no honest signer uses.</summary>
    /// <exception cref="ArgumentException">The key has not 32 bytes.</exception>
    public static bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySize)
            throw new ArgumentException($"Must be {PublicKeySize} bytes, has {publicKey.Length}.", nameof(publicKey));
        return signature.Length == SignatureSize
            && Libsodium.crypto_sign_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }
}
