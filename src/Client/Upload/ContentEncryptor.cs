using System.Security.Cryptography;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>What a pass over a file checks besides encrypting it.</summary>
[Flags]
internal enum EncryptionChecks
{
    None = 0,

    /// <summary>Hashes the plain bytes, so that the caller can tell whether the file is still the one it looked at.</summary>
    PlainHash = 1,

    /// <summary>
    /// Decrypts every chunk again before it is handed out (08 §12.7): a fault of memory or of the library must not become a
    /// photo that nobody can open, found out when the original is gone.
    /// </summary>
    Decryption = 2,
}

/// <summary>Encrypts a file's content piece by piece into caller-given buffers.</summary>
internal sealed class ContentEncryptor : IDisposable
{
    private readonly Stream _plain;
    private readonly SecretStreamEncryptor _encryptor;
    private readonly SecretStreamDecryptor? _check;
    private readonly GenericHash? _hash;
    private readonly byte[] _input = new byte[SecretStream.ChunkSize + 1];
    private readonly byte[] _opened;
    private int _held;
    private byte[]? _finalHash;

    public ContentEncryptor(Stream plain, byte[] key, byte[] header, EncryptionChecks checks)
    {
        _plain = plain;
        _encryptor = new SecretStreamEncryptor(key, header);
        _check = checks.HasFlag(EncryptionChecks.Decryption) ? new SecretStreamDecryptor(key, header) : null;
        _opened = _check is null ? [] : new byte[SecretStream.ChunkSize];
        _hash = checks.HasFlag(EncryptionChecks.PlainHash) ? new GenericHash() : null;
    }

    /// <summary>Base64 of BLAKE2b-512 of everything read; only with that check, after the end was reached.</summary>
    public string PlainHash => Convert.ToBase64String(_finalHash ?? throw new InvalidOperationException("There is no hash."));

    public bool Ended { get; private set; }

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
                _finalHash = _hash?.Finish();
                Ended = true;
                break;
            }
            _input[0] = _input[SecretStream.ChunkSize];
            _held = 1;
        }
        return written;
    }

    public void Dispose() => _hash?.Dispose();

    private void Encrypt(int size, bool last, Span<byte> cipher)
    {
        var plain = _input.AsSpan(0, size);
        _hash?.Append(plain);
        _encryptor.Push(plain, cipher, last ? SecretStreamTag.Final : SecretStreamTag.Message);
        if (_check is null)
            return;
        if (!_check.TryPull(cipher, _opened, out var tag) || tag == SecretStreamTag.Final != last || !_opened.AsSpan(0, size).SequenceEqual(plain))
            throw new CryptographicException("A chunk did not decrypt to what was encrypted; the memory of this machine may be faulty.");
    }
}
