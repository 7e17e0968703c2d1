using System.Security.Cryptography;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Storage.Tests.Embedded;

public sealed class EmbeddedStoreTests : ObjectProviderContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SettableClock _clock = new();
    private readonly EmbeddedStore _store;

    public EmbeddedStoreTests() => _store = Open();

    protected override IObjectProvider Provider => _store;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Objects_survive_reopening_with_both_checksums()
    {
        var content = RandomNumberGenerator.GetBytes(10_000);
        await _store.PutAsync("1/a", new MemoryStream(content), content.Length);
        var head = await Open().HeadAsync("1/a");
        Assert.Equal(MD5.HashData(content), head!.Md5);
        Assert.Equal(SHA256.HashData(content), head.Sha256);
    }

    [Fact]
    public async Task Failed_bodies_leave_no_file_behind()
    {
        await Assert.ThrowsAsync<ContentMismatchException>(() => _store.PutAsync("1/a", new MemoryStream(new byte[9]), 10));
        await Assert.ThrowsAsync<ContentMismatchException>(() => _store.PutAsync("1/a", new MemoryStream(new byte[9]), 9, new byte[16]));
        await Assert.ThrowsAsync<IOException>(
            () => _store.PutAsync("1/a", new TrickleStream(new byte[900_000], failAt: 700_000), 900_000));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _store.PutAsync("1/a", new MemoryStream(new byte[9]), 9, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_crash_before_the_rename_leaves_the_old_object_and_its_remains_are_cleared_later()
    {
        await _store.PutAsync("1/a", new MemoryStream([1, 2]), 2);
        // What a killed process leaves: a body, whole or half, that no name points to yet.
        var remains = Path.Combine(_directory.Path, "incoming", Guid.NewGuid().ToString("N"));
        await File.WriteAllBytesAsync(remains, new byte[100]);

        _clock.Now = DateTimeOffset.UtcNow + TimeSpan.FromHours(23);
        var reopened = Open();
        Assert.True(File.Exists(remains), "It might still be another request's body.");
        _clock.Now = DateTimeOffset.UtcNow + TimeSpan.FromHours(25);
        reopened = Open();
        Assert.False(File.Exists(remains));
        Assert.Equal(2, (await reopened.HeadAsync("1/a"))!.Size);
        Assert.Single(await reopened.ListAsync().ToListAsync());
    }

    [Fact]
    public async Task Damage_is_noticed()
    {
        await _store.PutAsync("1/a", new MemoryStream(new byte[1000]), 1000);
        var file = Assert.Single(Files());
        var whole = await File.ReadAllBytesAsync(file);

        // Cut short, grown, a trailer with a flipped bit, and a file under another key's name.
        foreach (var damaged in (byte[][])[whole[..^1], [.. whole, 0], whole[..50], [], Flipped(whole, whole.Length - 70)])
        {
            await File.WriteAllBytesAsync(file, damaged);
            await Assert.ThrowsAsync<InvalidDataException>(() => _store.HeadAsync("1/a"));
        }

        await _store.PutAsync("1/b", new MemoryStream(new byte[1000]), 1000);
        await File.WriteAllBytesAsync(Files().Single(path => path.EndsWith("1,b", StringComparison.Ordinal)), whole);
        await Assert.ThrowsAsync<InvalidDataException>(() => _store.HeadAsync("1/b"));

        // Damaged bytes do not spread by copying.
        await File.WriteAllBytesAsync(file, Flipped(whole, 10));
        await Assert.ThrowsAsync<InvalidDataException>(() => _store.CopyAsync("1/a", "1/c"));
        Assert.Null(await _store.HeadAsync("1/c"));
    }

    [Fact]
    public async Task A_reader_keeps_the_object_that_it_opened()
    {
        var first = RandomNumberGenerator.GetBytes(500_000);
        await _store.PutAsync("1/a", new MemoryStream(first), first.Length);
        await using var reader = await _store.OpenReadAsync("1/a");
        await _store.PutAsync("1/a", new MemoryStream([1]), 1);
        await _store.DeleteAsync("1/a");
        using var read = new MemoryStream();
        await reader.CopyToAsync(read);
        Assert.Equal(first, read.ToArray());
    }

    [Fact]
    public async Task A_closed_gate_refuses_before_the_body_and_again_before_publishing()
    {
        var gate = new Gate(answers: [false]);
        var body = new MemoryStream([1, 2, 3]);
        await Assert.ThrowsAsync<WriteRefusedException>(() => _store.ReceiveAsync("1/a", body, 3, null, gate, default));
        Assert.Equal(0, body.Position);

        // Claimed while the body was arriving.
        gate = new Gate(answers: [true, false]);
        await Assert.ThrowsAsync<WriteRefusedException>(() => _store.ReceiveAsync("1/a", body, 3, null, gate, default));
        Assert.Empty(Files());

        var upload = await _store.StartMultipartAsync("1/a");
        var part = await _store.ReceivePartAsync("1/a", upload, 1, new MemoryStream([1]), 1, null, new Gate([true]), default);
        CompletedPart[] parts = [new(1, part.ETag)];
        await Assert.ThrowsAsync<WriteRefusedException>(
            () => _store.CompleteMultipartAsync("1/a", upload, parts, new Gate([true, false]), default));
        Assert.Null(await _store.HeadAsync("1/a"));

        // Completed and then claimed: the lost answer may still be asked for again.
        var etag = await _store.CompleteMultipartAsync("1/a", upload, parts, new Gate([true, true]), default);
        Assert.Equal(etag, await _store.CompleteMultipartAsync("1/a", upload, parts, new Gate([false]), default));
    }

    [Fact]
    public async Task A_completed_upload_keeps_no_parts_and_takes_no_more()
    {
        var upload = await _store.StartMultipartAsync("1/a");
        var first = await _store.ReceivePartAsync("1/a", upload, 1, new MemoryStream([1]), 1, null, null, default);
        var second = await _store.ReceivePartAsync("1/a", upload, 2, new MemoryStream([2]), 1, null, null, default);
        await _store.ReceivePartAsync("1/a", upload, 10_000, new MemoryStream([3]), 1, null, null, default);
        await _store.CompleteMultipartAsync("1/a", upload, [new(1, first.ETag), new(2, second.ETag)], null, default);

        Assert.Equal([1, 2], await ReadAsync("1/a"));
        Assert.Equal(SHA256.HashData([1, 2]), (await _store.HeadAsync("1/a"))!.Sha256);
        Assert.DoesNotContain(Files(), path => path.EndsWith("0000", StringComparison.Ordinal) || path.EndsWith("00001", StringComparison.Ordinal));
        await Assert.ThrowsAsync<UploadNotFoundException>(
            () => _store.ReceivePartAsync("1/a", upload, 3, new MemoryStream([3]), 1, null, null, default));
        await Assert.ThrowsAsync<UploadNotFoundException>(
            () => _store.CompleteMultipartAsync("1/a", upload, [new(1, first.ETag)], null, default));
        await Assert.ThrowsAsync<UploadNotFoundException>(
            () => _store.CompleteMultipartAsync("1/b", upload, [new(1, first.ETag)], null, default));
    }

    [Fact]
    public async Task Parts_out_of_order_or_none_are_refused()
    {
        var upload = await _store.StartMultipartAsync("1/a");
        var part = await _store.ReceivePartAsync("1/a", upload, 1, new MemoryStream([1]), 1, null, null, default);
        foreach (var parts in (CompletedPart[][])[[], [new(1, part.ETag), new(1, part.ETag)], [new(0, part.ETag)]])
        {
            await Assert.ThrowsAsync<InvalidPartException>(
                () => _store.CompleteMultipartAsync("1/a", upload, parts, null, default));
        }
    }

    [Fact]
    public async Task Abandoned_uploads_are_cleared_after_their_slots_have_expired()
    {
        var upload = await _store.StartMultipartAsync("1/a");
        await _store.ReceivePartAsync("1/a", upload, 1, new MemoryStream([1]), 1, null, null, default);
        _clock.Now = DateTimeOffset.UtcNow + TimeSpan.FromDays(14);
        _store.RemoveLeftovers();
        Assert.NotEmpty(Files());
        _clock.Now = DateTimeOffset.UtcNow + TimeSpan.FromDays(16);
        _store.RemoveLeftovers();
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    public async Task Upload_ids_that_were_never_given_are_unknown(string uploadId) =>
        await Assert.ThrowsAsync<UploadNotFoundException>(
            () => _store.ReceivePartAsync("1/a", uploadId, 1, new MemoryStream([1]), 1, null, null, default));

    [Fact]
    public async Task Random_histories_agree_with_a_dictionary()
    {
        var random = new Random(11);
        var model = new Dictionary<string, byte[]>();
        for (var step = 0; step < 300; step++)
        {
            var key = $"{random.Next(3)}/file-data/{random.Next(4)}";
            switch (random.Next(4))
            {
                case 0:
                    await _store.DeleteAsync(key);
                    model.Remove(key);
                    break;
                case 1:
                    var target = $"{random.Next(3)}/file-data/{random.Next(4)}";
                    if (await _store.CopyAsync(key, target) is not null)
                        model[target] = model[key];
                    break;
                default:
                    var content = new byte[random.Next(random.Next(2) == 0 ? 100 : 600_000)];
                    random.NextBytes(content);
                    await _store.PutAsync(key, new TrickleStream(content), content.Length);
                    model[key] = content;
                    break;
            }
        }

        var listed = await Open().ListAsync().ToListAsync();
        Assert.Equal(model.Keys.Order(StringComparer.Ordinal), listed.Select(entry => entry.Key).Order(StringComparer.Ordinal));
        foreach (var (key, content) in model)
            Assert.Equal(content, await ReadAsync(key));
    }

    private EmbeddedStore Open() => new("embedded", _directory.Path, new CapabilityUrls(new byte[32]), _clock);

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories);

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] flipped = [.. bytes];
        flipped[at] ^= 1;
        return flipped;
    }

    private sealed class Gate(bool[] answers) : IUploadGate
    {
        private int _asked;

        public Task<bool> MayWriteAsync(string key, CancellationToken cancellationToken) => Task.FromResult(answers[_asked++]);
    }
}
