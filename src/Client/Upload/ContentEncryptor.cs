using System.Security.Cryptography;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// Encrypts a file's content piece by piece into caller-given buffers, hashing the plain bytes on the way. Every chunk is
/// decrypted again before it is handed out (08 §12.7): a fault of memory or of the library must not become a photo that nobody
/// can open, found out when the original is gone.
/// </summary>
internal sealed class ContentEncryptor : IDisposable
{
    private readonly Stream _plain;
    private readonly SecretStreamEncryptor _encryptor;
    private readonly SecretStreamDecryptor _check;
    private readonly GenericHash _hash = new();
    private readonly byte[] _input = new byte[SecretStream.ChunkSize + 1];
    private readonly byte[] _opened = new byte[SecretStream.ChunkSize];
    private int _held;
    private byte[]? _finalHash;

    public ContentEncryptor(Stream plain, byte[] key, byte[] header)
    {
        _plain = plain;
        _encryptor = new SecretStreamEncryptor(key, header);
        _check = new SecretStreamDecryptor(key, header);
    }

    /// <summary>Base64 of BLAKE2b-512 of everything read; only after the end was reached.</summary>
    public string PlainHash => Convert.ToBase64String(_finalHash ?? throw new InvalidOperationException("The end was not reached."));

    public bool Ended => _finalHash is not null;

    /// <summary>
    /// Fills the buffer with whole encrypted chunks, fewer only at the end; returns the bytes written.
    /// </summary>
    public async Task<int> FillAsync(Memory<byte> cipher, CancellationToken cancellationToken)
    {
        var written = 0;
        while (!Ended && cipher.Length - written >= SecretStream.EncryptedChunkSize)
        {
            // The byte after a full chunk tells whether that chunk is the last (FINAL), so it is read ahead.
            var have = _held + await _plain.ReadAtLeastAsync(_input.AsMemory(_held), _input.Length - _held, false, cancellationToken);
            var last = have <= SecretStream.ChunkSize;
            var size = Math.Min(have, SecretStream.ChunkSize);
            var chunk = cipher.Slice(written, size + SecretStream.Overhead);
            Encrypt(size, last, chunk.Span);
            written += chunk.Length;
            if (last)
            {
                _finalHash = _hash.Finish();
                break;
            }
            _input[0] = _input[SecretStream.ChunkSize];
            _held = 1;
        }
        return written;
    }

    public void Dispose() => _hash.Dispose();

    private void Encrypt(int size, bool last, Span<byte> cipher)
    {
        var plain = _input.AsSpan(0, size);
        _hash.Append(plain);
        _encryptor.Push(plain, cipher, last ? SecretStreamTag.Final : SecretStreamTag.Message);
        if (!_check.TryPull(cipher, _opened, out var tag) || tag == SecretStreamTag.Final != last || !_opened.AsSpan(0, size).SequenceEqual(plain))
            throw new CryptographicException("A chunk did not decrypt to what was encrypted; the memory of this machine may be faulty.");
    }
}
