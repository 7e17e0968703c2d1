using System.Runtime.InteropServices;

namespace Ente.Orleans.Crypto;

/// <summary>Keyed BLAKE2b-256: the hash under which the server looks up e-mail addresses and TOTP secrets (01 §A9).</summary>
public static class KeyedHash
{
    public const int HashSize = 32;

    /// <param name="message">What is hashed, of any length.</param>
    /// <param name="key">16 to 64 bytes.</param>
    /// <exception cref="ArgumentException">The key is shorter than 16 or longer than 64 bytes.</exception>
    public static byte[] Compute(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key)
    {
        if (key.Length is < 16 or > 64)
            throw new ArgumentException($"Must be 16 to 64 bytes, has {key.Length}.", nameof(key));
        var hash = new byte[HashSize];
        Libsodium.Check(
            Libsodium.crypto_generichash(hash, HashSize, message, (ulong)message.Length, key, (nuint)key.Length),
            nameof(Libsodium.crypto_generichash));
        return hash;
    }
}

/// <summary>
/// BLAKE2b-512 without key, fed piece by piece: the hash of a file's plain content (08 §8.5). Not for use by several threads.
/// </summary>
public sealed class GenericHash : SafeHandle
{
    public const int HashSize = 64;

    private bool _finished;

    public unsafe GenericHash()
        : base(0, ownsHandle: true)
    {
        // libsodium wants the state on a 64-byte boundary, which managed memory does not promise.
        SetHandle((nint)NativeMemory.AlignedAlloc(Libsodium.crypto_generichash_statebytes(), 64));
        Libsodium.Check(Libsodium.crypto_generichash_init(handle, [], 0, HashSize), nameof(Libsodium.crypto_generichash_init));
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="InvalidOperationException">The hash was already taken.</exception>
    public void Append(ReadOnlySpan<byte> piece)
    {
        RequireOpen();
        Libsodium.Check(
            Libsodium.crypto_generichash_update(handle, piece, (ulong)piece.Length), nameof(Libsodium.crypto_generichash_update));
    }

    /// <summary>The 64-byte hash of everything appended; ends this instance.</summary>
    /// <exception cref="InvalidOperationException">The hash was already taken.</exception>
    public byte[] Finish()
    {
        RequireOpen();
        _finished = true;
        var hash = new byte[HashSize];
        Libsodium.Check(Libsodium.crypto_generichash_final(handle, hash, HashSize), nameof(Libsodium.crypto_generichash_final));
        return hash;
    }

    public static byte[] Compute(ReadOnlySpan<byte> message)
    {
        var hash = new byte[HashSize];
        Libsodium.Check(
            Libsodium.crypto_generichash(hash, HashSize, message, (ulong)message.Length, [], 0), nameof(Libsodium.crypto_generichash));
        return hash;
    }

    /// <summary>Hashes a stream from its position to its end, with one megabyte of memory whatever its length.</summary>
    public static async Task<byte[]> ComputeAsync(Stream source, CancellationToken cancellationToken = default)
    {
        using var hash = new GenericHash();
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
            hash.Append(buffer.AsSpan(0, read));
        return hash.Finish();
    }

    protected override unsafe bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }

    private void RequireOpen()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        if (_finished)
            throw new InvalidOperationException("The hash was already taken.");
    }
}
