using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// A body on its way in: received and hashed under a temporary name in the same file system, then published by one rename.
/// Disposed without <see cref="Publish"/>, it leaves nothing.
/// </summary>
internal sealed class IncomingFile : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly FreeSpace _space;
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private long _length;
    private bool _published;

    /// <summary>Creates the file. A body that is announced to be too large for the disk is refused before it is read.</summary>
    /// <exception cref="StorageFullException">There is no room.</exception>
    public IncomingFile(DiskLayout layout, long expectedLength)
    {
        _space = layout.Space;
        if (expectedLength > 0)
            _space.Require(expectedLength + ObjectTrailer.Size);
        _path = Path.Combine(layout.Incoming, Guid.NewGuid().ToString("N"));
        // No room is reserved: an announcement costs its sender nothing, and a disk is full of few of them.
        _handle = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    /// <summary>Appends exactly <paramref name="length"/> bytes and answers their hashes; the content must end there.</summary>
    /// <exception cref="ContentMismatchException">The content is shorter or longer, or has another MD5.</exception>
    public async Task<(byte[] Md5, byte[] Sha256)> ReceiveAsync(
        Stream content, long length, byte[]? expectedMd5, CancellationToken cancellationToken)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long received = 0;
            int filled;
            while ((filled = await content.ReadAtLeastAsync(buffer, BufferSize, throwOnEndOfStream: false, cancellationToken)) > 0)
            {
                received += filled;
                if (received > length)
                    throw new ContentMismatchException(ContentMismatch.EntityTooLarge);

                var chunk = buffer.AsSpan(0, filled);
                md5.AppendData(chunk);
                sha256.AppendData(chunk);
                Append(chunk);
            }

            if (received < length)
                throw new ContentMismatchException(ContentMismatch.IncompleteBody);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var digest = md5.GetHashAndReset();
        if (expectedMd5 is { } expected && !expected.AsSpan().SequenceEqual(digest))
            throw new ContentMismatchException(ContentMismatch.BadDigest);

        return (digest, sha256.GetHashAndReset());
    }

    /// <summary>Appends the bytes of a stored file and adds them to a hash.</summary>
    public void AppendFrom(SafeFileHandle source, long length, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long offset = 0; offset < length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var filled = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(BufferSize, length - offset)), offset);
                if (filled == 0)
                    throw new InvalidDataException("A stored file ended early.");
                hash.AppendData(buffer.AsSpan(0, filled));
                Append(buffer.AsSpan(0, filled));
                offset += filled;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Seals the file with its trailer, makes it durable and gives it its name, replacing what had that name.</summary>
    /// <param name="target">Path of the published file; its directory must exist durably.</param>
    /// <param name="name">What the trailer is tied to: the object's key, or a part's name.</param>
    /// <param name="trailer">The record of this file.</param>
    public void Publish(string target, string name, ObjectTrailer trailer)
    {
        Span<byte> bytes = stackalloc byte[ObjectTrailer.Size];
        trailer.Write(bytes, name);
        Append(bytes);
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_path, target, overwrite: true);
        _published = true;
        Durability.FlushDirectory(Path.GetDirectoryName(target)!);
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (!_published)
            File.Delete(_path);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _space.Take(bytes.Length);
        // Synchronous on purpose: it is a copy into the page cache, and a hop to another thread would cost more.
        RandomAccess.Write(_handle, bytes, _length);
        _length += bytes.Length;
    }
}
