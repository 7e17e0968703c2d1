using System.Security.Cryptography;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

[Collection(nameof(QuietSilo))]
public sealed class LargeVideoTests(QuietSilo quiet)
{
    private const int Length = 300 << 20;
    private const int PartLength = 5 * ((4 << 20) + 17);

    /// <summary>What the server may take beyond what it had: less than the parts that are under way, let alone the video.</summary>
    private const long MemoryBound = 64 << 20;

    [Fact]
    public async Task A_video_of_300_MB_is_resumed_where_it_broke_off_and_streams_through_the_server()
    {
        var silo = quiet.Silo;
        var video = await Media.VideoAsync(Path.Combine(silo.Directory, "media", "video", "wedding.mp4"), Length);
        var person = new Person(silo, "carl");
        using var camera = await person.SignUpAsync();
        var album = await camera.CreateAlbumAsync("The wedding");
        silo.ForgetPeakMemory();
        var before = silo.Memory;

        using var pulled = new CancellationTokenSource();
        var progress = new Watch(p =>
        {
            if (p.Sent >= p.Total / 2)
                pulled.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => camera.Uploader().AddAsync(album, [video], progress, cancellationToken: pulled.Token));
        Assert.Equal(1, camera.Library.UnfinishedUploads);
        var sent = camera.Network.BytesPut;
        Assert.InRange(sent, Length / 2, Length - 1);

        camera.Reopen();
        await camera.SyncAsync();
        var report = await camera.Uploader().AddAsync(album, [video]);
        var outcome = Assert.Single(report.Outcomes);
        Assert.True(outcome.Result == UploadResult.Uploaded, $"{outcome.Error}");
        Assert.False(outcome.HasPlaceholderThumbnail);
        Assert.Equal(0, camera.Library.UnfinishedUploads);

        // Parts that had arrived, and whose arrival the client had heard of, were not sent again; the thumbnail is the rest.
        var parts = (Length + PartLength - 1) / PartLength;
        var puts = camera.Network.Count("PUT /objects");
        Assert.InRange(puts, parts + 1, parts + 1 + 4);
        Assert.InRange(camera.Network.BytesPut, Length, Length + (4L * PartLength) + (1 << 20));

        using var television = await person.LogInAsync();
        var file = Assert.Single(television.Library.Files(await television.SyncedAlbumAsync(album.Name)));
        Assert.Equal(MediaType.Video, file.Type);
        using var received = new HashingStream();
        await television.Downloads.DownloadAsync(file, received);
        Assert.Equal(Length, received.Length);
        await using (var original = File.OpenRead(video))
            Assert.Equal(await SHA256.HashDataAsync(original), received.Hash());

        var grown = silo.PeakMemory - before;
        Assert.True(grown <= MemoryBound, $"the server's memory grew by {grown >> 20} MiB");
    }

    private sealed class Watch(Action<UploadProgress> report) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value) => report(value);
    }

    /// <summary>Keeps the hash of what is written and nothing else.</summary>
    private sealed class HashingStream : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _length;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _length;
        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public byte[] Hash() => _hash.GetHashAndReset();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
