namespace Ente.Orleans.Crypto;

/// <summary>Tag of one secretstream message (08 §2.1).</summary>
public enum SecretStreamTag
{
    Message = 0,
    Push = 1,
    Rekey = 2,
    Final = 3,
}

/// <summary>
/// Large content as the contract's <i>stream</i> (08 §2.2): libsodium's <c>crypto_secretstream_xchacha20poly1305</c> over plain
/// chunks of 4 MiB, tag MESSAGE on all but the last, FINAL on the last also when it is full. The 24-byte header travels apart
/// from the cipher text.
/// </summary>
public static class SecretStream
{
    public const int KeySize = 32;
    public const int HeaderSize = 24;
    public const int Overhead = 17;
    public const int ChunkSize = 4 * 1024 * 1024;
    public const int EncryptedChunkSize = ChunkSize + Overhead;

    /// <summary>Bytes of cipher text for so many bytes of plain text: 17 more for each chunk, of which there is at least one.</summary>
    public static long EncryptedLength(long plainLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plainLength);
        return plainLength + Overhead * Math.Max(1, (plainLength + ChunkSize - 1) / ChunkSize);
    }

    /// <summary>Bytes of plain text in so many bytes of cipher text, or null when no stream has that length.</summary>
    public static long? PlainLength(long encryptedLength)
    {
        if (encryptedLength < Overhead)
            return null;
        var chunks = (encryptedLength + EncryptedChunkSize - 1) / EncryptedChunkSize;
        var plain = encryptedLength - chunks * Overhead;
        return plain >= 0 && EncryptedLength(plain) == encryptedLength ? plain : null;
    }

    /// <summary>
    /// Encrypts from the source's position to its end. Memory: one chunk of each side, whatever the length. Returns the bytes
    /// written.
    /// </summary>
    public static async Task<long> EncryptAsync(
        Stream plain, Stream cipher, SecretStreamEncryptor encryptor, CancellationToken cancellationToken = default)
    {
        // One byte more than a chunk is read, because only the byte after a full chunk tells whether that chunk is the last.
        var input = new byte[ChunkSize + 1];
        var output = new byte[EncryptedChunkSize];
        long written = 0;
        var held = 0;
        while (true)
        {
            var have = held + await plain.ReadAtLeastAsync(input.AsMemory(held), input.Length - held, false, cancellationToken);
            var last = have <= ChunkSize;
            var size = Math.Min(have, ChunkSize);
            encryptor.Push(input.AsSpan(0, size), output, last ? SecretStreamTag.Final : SecretStreamTag.Message);
            await cipher.WriteAsync(output.AsMemory(0, size + Overhead), cancellationToken);
            written += size + Overhead;
            if (last)
                return written;
            input[0] = input[ChunkSize];
            held = 1;
        }
    }

    /// <summary>
    /// Decrypts from the source's position to its end. False when the cipher text was altered, cut short, continues after its
    /// FINAL chunk, or does not belong to key and header; what was written until then is authentic but incomplete and must be
    /// thrown away by the caller.
    /// </summary>
    public static async Task<bool> TryDecryptAsync(
        Stream cipher, Stream plain, byte[] key, byte[] header, CancellationToken cancellationToken = default)
    {
        if (key.Length != KeySize || header.Length != HeaderSize)
            return false;
        var decryptor = new SecretStreamDecryptor(key, header);
        var input = new byte[EncryptedChunkSize];
        var output = new byte[ChunkSize];
        while (true)
        {
            var have = await cipher.ReadAtLeastAsync(input, input.Length, false, cancellationToken);
            if (have < Overhead || !decryptor.TryPull(input.AsSpan(0, have), output, out var tag))
                return false;
            await plain.WriteAsync(output.AsMemory(0, have - Overhead), cancellationToken);
            if (tag == SecretStreamTag.Final)
                return await cipher.ReadAtLeastAsync(input.AsMemory(0, 1), 1, false, cancellationToken) == 0;
            if (have < EncryptedChunkSize)
                return false;
        }
    }
}

/// <summary>The writing end of a secretstream. Not for use by several threads.</summary>
public sealed class SecretStreamEncryptor
{
    private readonly byte[] _state;
    private bool _ended;

    public SecretStreamEncryptor(ReadOnlySpan<byte> key)
        : this(key, Secrets.RandomBytes(SecretStream.HeaderSize))
    {
    }

    /// <summary>
    /// Continues or repeats an encryption under a known header. The same key and header must only ever meet the same plain
    /// text: another one would share its key stream.
    /// </summary>
    /// <exception cref="ArgumentException">Key or header has the wrong length.</exception>
    public SecretStreamEncryptor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header)
    {
        _state = SecretStreamState.Create(key, header);
        Header = header.ToArray();
    }

    /// <summary>24 bytes that the reader needs.</summary>
    public byte[] Header { get; }

    /// <summary>Encrypts one message into the front of <paramref name="cipher"/>; returns plain + 17.</summary>
    /// <exception cref="ArgumentException">The room for the cipher text is too small.</exception>
    /// <exception cref="InvalidOperationException">The stream was already ended by a FINAL message.</exception>
    public int Push(ReadOnlySpan<byte> plain, Span<byte> cipher, SecretStreamTag tag)
    {
        if (cipher.Length < plain.Length + SecretStream.Overhead)
            throw new ArgumentException($"Needs {plain.Length + SecretStream.Overhead} bytes, has {cipher.Length}.", nameof(cipher));
        if (_ended)
            throw new InvalidOperationException("The stream was already ended by a FINAL message.");
        Libsodium.Check(
            Libsodium.crypto_secretstream_xchacha20poly1305_push(_state, cipher, 0, plain, (ulong)plain.Length, 0, 0, (byte)tag),
            nameof(Libsodium.crypto_secretstream_xchacha20poly1305_push));
        _ended = tag == SecretStreamTag.Final;
        return plain.Length + SecretStream.Overhead;
    }
}

/// <summary>The reading end of a secretstream. Not for use by several threads.</summary>
public sealed class SecretStreamDecryptor
{
    private readonly byte[] _state;

    /// <exception cref="ArgumentException">Key or header has the wrong length.</exception>
    public SecretStreamDecryptor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header) => _state = SecretStreamState.Create(key, header);

    /// <summary>
    /// Decrypts the next message into the front of <paramref name="plain"/> (cipher − 17 bytes). False when it is not
    /// authentic at this place of the stream.
    /// </summary>
    /// <exception cref="ArgumentException">The room for the plain text is too small.</exception>
    public bool TryPull(ReadOnlySpan<byte> cipher, Span<byte> plain, out SecretStreamTag tag)
    {
        tag = default;
        if (cipher.Length < SecretStream.Overhead)
            return false;
        if (plain.Length < cipher.Length - SecretStream.Overhead)
            throw new ArgumentException($"Needs {cipher.Length - SecretStream.Overhead} bytes, has {plain.Length}.", nameof(plain));
        if (Libsodium.crypto_secretstream_xchacha20poly1305_pull(_state, plain, 0, out var raw, cipher, (ulong)cipher.Length, 0, 0) != 0)
            return false;
        tag = (SecretStreamTag)raw;
        return true;
    }
}

internal static class SecretStreamState
{
    private static readonly int Size = (int)Libsodium.crypto_secretstream_xchacha20poly1305_statebytes();

    /// <summary>
    /// The state after key and header is the same for both ends, so the reader's initialisation serves the writer too; the
    /// writer's own would insist on a random header of its own.
    /// </summary>
    public static byte[] Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header)
    {
        Sizes.Require(key, SecretStream.KeySize, nameof(key));
        Sizes.Require(header, SecretStream.HeaderSize, nameof(header));
        var state = new byte[Size];
        Libsodium.Check(
            Libsodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key),
            nameof(Libsodium.crypto_secretstream_xchacha20poly1305_init_pull));
        return state;
    }
}

/// <summary>A <i>blob</i> as it comes out of encryption: cipher text (plain + 17 bytes) and its 24-byte header.</summary>
public sealed record EncryptedBlob(byte[] Cipher, byte[] Header);

/// <summary>One secretstream message with tag FINAL, never chunked: metadata, thumbnails, entities (08 §2.2).</summary>
public static class Blob
{
    /// <exception cref="ArgumentException">The key is not 32 bytes.</exception>
    public static EncryptedBlob Encrypt(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> key) =>
        Encrypt(plain, key, Secrets.RandomBytes(SecretStream.HeaderSize));

    /// <summary>Under a given header, which must never be used again with this key; for tests against fixed values.</summary>
    public static EncryptedBlob Encrypt(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> key, ReadOnlySpan<byte> header)
    {
        var encryptor = new SecretStreamEncryptor(key, header);
        var cipher = new byte[plain.Length + SecretStream.Overhead];
        encryptor.Push(plain, cipher, SecretStreamTag.Final);
        return new EncryptedBlob(cipher, encryptor.Header);
    }

    /// <param name="cipher">The cipher text.</param>
    /// <param name="header">Its 24-byte header.</param>
    /// <param name="key">32 bytes.</param>
    /// <param name="plain">The plain text, empty on failure.</param>
    /// <param name="acceptMessageTag">
    /// Old apps wrote authenticator entries with tag MESSAGE; only there is a missing FINAL no sign of truncation.
    /// </param>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> header, ReadOnlySpan<byte> key, out byte[] plain, bool acceptMessageTag = false)
    {
        plain = [];
        if (cipher.Length < SecretStream.Overhead || header.Length != SecretStream.HeaderSize || key.Length != SecretStream.KeySize)
            return false;
        var opened = new byte[cipher.Length - SecretStream.Overhead];
        if (!new SecretStreamDecryptor(key, header).TryPull(cipher, opened, out var tag))
            return false;
        if (tag != SecretStreamTag.Final && !(acceptMessageTag && tag == SecretStreamTag.Message))
            return false;
        plain = opened;
        return true;
    }
}
