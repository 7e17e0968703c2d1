using System.Net;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

public sealed class DownloaderTests : IDisposable
{
    private const int ThreeChunks = 2 * SecretStream.ChunkSize + 777;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broken_connection_is_taken_up_at_the_last_whole_chunk(bool storeIgnoresRanges)
    {
        var (downloads, file, path) = await UploadedAsync(ThreeChunks);
        _world.Server.Store.IgnoresRanges = storeIgnoresRanges;
        var breaks = 0;
        // Each of the first three answers ends in the middle of its second chunk.
        _world.Server.Store.Corrupt = content => ++breaks <= 3
            ? new BrokenStream(content, SecretStream.EncryptedChunkSize + 1000)
            : new MemoryStream(content);
        var content = new MemoryStream();
        long received = 0;
        await downloads.DownloadAsync(file, content, bytes => received += bytes);
        Assert.Equal(await File.ReadAllBytesAsync(path), content.ToArray());
        Assert.Equal(SecretStream.EncryptedLength(ThreeChunks), received);
        Assert.True(breaks > 1);
    }

    [Fact]
    public async Task Four_failures_that_may_pass_are_a_failure()
    {
        var (downloads, file, _) = await UploadedAsync(1000);
        _world.Server.Store.Requests.Clear();
        _world.Server.Store.Fault = _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);
        var refused = await Assert.ThrowsAsync<EnteApiException>(() => downloads.DownloadAsync(file, new MemoryStream()));
        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.Equal(4, _world.Server.Store.Requests.Count);
    }

    [Fact]
    public async Task Altered_cut_and_exchanged_content_is_never_saved()
    {
        var (downloads, file, _) = await UploadedAsync(ThreeChunks);
        var key = _world.Server.Store.Keys.MaxBy(k => _world.Server.Store.Read(k).Length)!;
        var good = _world.Server.Store.Read(key);
        var altered = (byte[])good.Clone();
        altered[SecretStream.EncryptedChunkSize + 5] ^= 1;
        var directory = Path.Combine(_world.Directory, "out");
        var target = new DownloadDirectory(downloads, directory);
        foreach (var bad in new[] { altered, good[..SecretStream.EncryptedChunkSize], good[..^1], [], Secrets.RandomBytes(good.Length) })
        {
            _world.Server.Store.Overwrite(key, bad);
            await Assert.ThrowsAsync<UntrustworthyDataException>(() => target.SaveAsync(file));
            Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
        }
        _world.Server.Store.Overwrite(key, good);
        Assert.Single(await target.SaveAsync(file));
    }

    [Fact]
    public async Task A_right_decryption_of_another_content_is_refused_too()
    {
        var (downloads, file, _) = await UploadedAsync(1000);
        var key = _world.Server.Store.Keys.Single(k => _world.Server.Store.Read(k).Length == 1017);
        var cipher = new byte[1017];
        new SecretStreamEncryptor(file.Key, file.ContentHeader).Push(new byte[1000], cipher, SecretStreamTag.Final);
        _world.Server.Store.Overwrite(key, cipher);
        await Assert.ThrowsAsync<UntrustworthyDataException>(() => downloads.DownloadAsync(file, new MemoryStream()));
    }

    [Fact]
    public async Task The_thumbnail_decrypts_to_a_jpeg()
    {
        var (downloads, file, _) = await UploadedAsync(1000);
        var jpeg = await downloads.DownloadThumbnailAsync(file);
        Assert.Equal([0xFF, 0xD8, 0xFF], jpeg[..3]);
        _world.Server.Store.Corrupt = content => new MemoryStream([.. content[..^1], (byte)(content[^1] ^ 1)]);
        await Assert.ThrowsAsync<UntrustworthyDataException>(() => downloads.DownloadThumbnailAsync(file));
    }

    [Fact]
    public async Task Redirects_do_not_go_on_for_ever_or_leave_http()
    {
        var (downloads, file, _) = await UploadedAsync(1000);
        foreach (var location in new[] { $"{ServerDouble.Address}files/download/{file.Id}", "file:///etc/passwd" })
        {
            _world.Server.Fault = _ =>
            {
                var response = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect);
                response.Headers.Location = new Uri(location);
                return response;
            };
            await Assert.ThrowsAsync<UntrustworthyDataException>(() => downloads.DownloadAsync(file, new MemoryStream()));
        }
    }

    [Theory]
    [InlineData("a.jpg", "a.jpg")]
    [InlineData("../../etc/passwd", "_.._etc_passwd")]
    [InlineData("a/b\\c:d\n.jpg", "a_b_c_d_.jpg")]
    [InlineData(".hidden", "hidden")]
    [InlineData("..", "unnamed")]
    [InlineData("  ", "unnamed")]
    public void A_title_cannot_lead_out_of_the_directory(string title, string name) => Assert.Equal(name, FileNames.Safe(title));

    [Fact]
    public void A_long_title_keeps_its_extension()
    {
        var name = FileNames.Safe(new string('é', 300) + ".jpg");
        Assert.EndsWith(".jpg", name, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name), 200, 240);
    }

    private async Task<(Downloader Downloads, MediaFile File, string Path)> UploadedAsync(int length)
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg", length);
        await World.Uploader(library).AddAsync(album, [path]);
        return (new Downloader(library.Http), Assert.Single(library.Files(library.FindAlbum(album.Id)!)), path);
    }

    /// <summary>Fails like a connection that is reset after so many bytes.</summary>
    private sealed class BrokenStream(byte[] content, int after) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position >= after
                ? throw new IOException("Connection reset.")
                : base.Read(buffer, offset, (int)Math.Min(count, after - Position));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var bytes = new byte[buffer.Length];
            var read = Read(bytes, 0, bytes.Length);
            bytes.AsSpan(0, read).CopyTo(buffer.Span);
            return ValueTask.FromResult(read);
        }
    }
}
