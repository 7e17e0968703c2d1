using System.Collections.Concurrent;
using System.Globalization;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Budgets;

/// <summary>
/// Bytes of uploads that go through this server and that no file has claimed: what an account stores and is just sending may come to
/// what is left of its plan. What was only announced does not count, and the oldest give way first: a phone that failed twice with a
/// film goes on (api/03 §4.3).
/// </summary>
internal sealed class UnclaimedUploads(
    SlotBounds bounds, AccountQueries accounts, BackgroundWork work, ApiOptions options, Clock clock)
{
    private const int CheckEvery = 4 * 1024 * 1024;
    private readonly ConcurrentDictionary<long, long> arriving = [];

    /// <summary>The body of an upload, counted as it comes.</summary>
    public Body Receive(string key, Stream body, CancellationToken cancellation) => new(this, key, OwnerOf(key), body, cancellation);

    /// <summary>Notes what lies under a key after an upload.</summary>
    public Task StoredAsync(string key, long bytes, CancellationToken cancellation) => bounds.SetStoredAsync(key, bytes, cancellation);

    private static long OwnerOf(string key) => long.Parse(key.AsSpan(0, key.IndexOf('/', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    private async Task RequireRoomAsync(string key, long ownerId, CancellationToken cancellation)
    {
        var all = arriving.GetValueOrDefault(ownerId);
        var stored = await bounds.StoredAsync(ownerId, clock.Now, cancellation);
        if (stored + all <= options.Budget.UnclaimedBytes) return;
        var excess = stored + all - await RoomAsync(ownerId, cancellation);
        if (excess <= 0) return;
        var freed = await bounds.GiveUpAsync(key, ownerId, excess, clock.Now, cancellation);
        if (freed > 0) work.Wake();
        if (freed < excess) throw new ContentMismatchException(ContentMismatch.EntityTooLarge);
    }

    private async Task<long> RoomAsync(long ownerId, CancellationToken cancellation)
    {
        var left = await accounts.AllowanceAsync(ownerId, Domain.Apps.Photos, cancellation) is { } allowance
            ? allowance.Ceiling(Domain.Apps.Photos, isSizeKnown: true, clock.Now).Bytes - allowance.Used + allowance.LockerUsed
            : 0;
        return Math.Max(left, options.Budget.UnclaimedBytes);
    }

    private void Arrived(long ownerId, long bytes)
    {
        if (arriving.AddOrUpdate(ownerId, bytes, (_, now) => now + bytes) == 0) arriving.TryRemove(new KeyValuePair<long, long>(ownerId, 0));
    }

    /// <summary>Read once, forward, by the store.</summary>
    internal sealed class Body(UnclaimedUploads uploads, string key, long ownerId, Stream body, CancellationToken upload) : Stream
    {
        private long received;
        private long checkedAt;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => received; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await body.ReadAsync(buffer, cancellationToken);
            received += read;
            if (read > 0) uploads.Arrived(ownerId, read);
            // At its end every body is looked at, so that many small ones are no way around.
            if (read > 0 ? received - checkedAt < CheckEvery : received == checkedAt) return read;
            checkedAt = received;
            await uploads.RequireRoomAsync(key, ownerId, upload);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && received > 0) uploads.Arrived(ownerId, -received);
            received = 0;
            base.Dispose(disposing);
        }
    }
}
