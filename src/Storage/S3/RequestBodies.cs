using System.Net;
using System.Security.Cryptography;

namespace Ente.Orleans.Storage.S3;

/// <summary>A body of exactly <paramref name="length"/> bytes. It fails when the source ends early or goes on.</summary>
internal sealed class ExactContent(Stream source, long length) : HttpContent
{
    private const int BufferSize = 128 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long sent = 0;
            int filled;
            while ((filled = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                sent += filled;
                // The provider stores the object once it has the last byte, so whether more follows is asked before that is sent.
                if (sent > length || (sent == length && await source.ReadAsync(new byte[1], cancellationToken) > 0))
                    throw new ContentMismatchException(ContentMismatch.EntityTooLarge);
                await stream.WriteAsync(buffer.AsMemory(0, filled), cancellationToken);
            }

            if (sent < length)
                throw new ContentMismatchException(ContentMismatch.IncompleteBody);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}

/// <summary>Hashes what is read through it; the source stays the caller's.</summary>
internal sealed class HashingStream(Stream source, IncrementalHash hash) : Stream
{
    private byte[]? _digest;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The hash of all that was read; nothing can be read after.</summary>
    public byte[] Finish() => _digest ??= hash.GetHashAndReset();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var filled = source.Read(buffer, offset, count);
        hash.AppendData(buffer, offset, filled);
        return filled;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var filled = await source.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..filled]);
        return filled;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
