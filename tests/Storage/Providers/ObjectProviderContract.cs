using System.Security.Cryptography;
using Xunit;

namespace Ente.Orleans.Storage.Tests.Providers;

/// <summary>What every provider must do, whatever it is made of.</summary>
public abstract class ObjectProviderContract
{
    protected abstract IObjectProvider Provider { get; }

    private readonly string _owner = RandomNumberGenerator.GetInt32(1_000_000, int.MaxValue).ToString();

    private string NewKey() => $"{_owner}/{Guid.NewGuid()}";

    [ProviderFact]
    public async Task What_was_put_comes_back_with_its_size_and_md5()
    {
        var random = new Random(1);
        foreach (var size in (int[])[0, 1, 4095, 4096, 70_000, 262_144, 262_145, 3_000_000])
        {
            var key = NewKey();
            var content = new byte[size];
            random.NextBytes(content);
            var md5 = MD5.HashData(content);

            var put = await Provider.PutAsync(key, new TrickleStream(content), size, md5);
            var head = await Provider.HeadAsync(key);

            Assert.NotNull(head);
            Assert.Equal(size, head.Size);
            Assert.Equal($"\"{Convert.ToHexStringLower(md5)}\"", head.ETag);
            Assert.Equal(md5, head.Md5);
            Assert.Equal(put.ETag, head.ETag);
            Assert.InRange(head.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
            Assert.Equal(content, await ReadAsync(key));
        }
    }

    [ProviderFact]
    public async Task A_second_put_replaces_the_first()
    {
        var key = NewKey();
        await PutAsync(key, [1, 2, 3]);
        await PutAsync(key, [4, 5]);
        Assert.Equal([4, 5], await ReadAsync(key));
    }

    [ProviderFact]
    public async Task Ranges_give_exactly_their_bytes()
    {
        var key = NewKey();
        var content = RandomNumberGenerator.GetBytes(100_000);
        await PutAsync(key, content);
        var random = new Random(2);
        for (var i = 0; i < 20; i++)
        {
            var offset = random.Next(content.Length);
            var length = random.Next(1, content.Length);
            var expected = content[offset..Math.Min(content.Length, offset + length)];
            Assert.Equal(expected, await ReadAsync(key, new ByteRange(offset, length)));
        }

        Assert.Equal(content[99_999..], await ReadAsync(key, new ByteRange(99_999)));
        await Assert.ThrowsAsync<RangeNotSatisfiableException>(() => ReadAsync(key, new ByteRange(100_000)));
    }

    [ProviderFact]
    public async Task What_is_missing_is_missing()
    {
        var key = NewKey();
        Assert.Null(await Provider.HeadAsync(key));
        Assert.Null(await Provider.CopyAsync(key, NewKey()));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => ReadAsync(key));
        await Provider.DeleteAsync(key);
    }

    [ProviderFact]
    public async Task A_deleted_object_is_gone_and_may_be_deleted_again()
    {
        var key = NewKey();
        await PutAsync(key, [1]);
        await Provider.DeleteAsync(key);
        Assert.Null(await Provider.HeadAsync(key));
        await Provider.DeleteAsync(key);
    }

    [ProviderFact]
    public async Task A_body_of_another_md5_is_refused_and_the_old_object_stays()
    {
        var key = NewKey();
        await PutAsync(key, [1, 2, 3]);
        var wrong = MD5.HashData([9]);
        var refused = await Assert.ThrowsAsync<ContentMismatchException>(
            () => Provider.PutAsync(key, new MemoryStream([4, 5, 6]), 3, wrong));
        Assert.Equal(ContentMismatch.BadDigest, refused.Kind);
        Assert.Equal([1, 2, 3], await ReadAsync(key));
    }

    [ProviderTheory]
    [InlineData(999, ContentMismatch.IncompleteBody)]
    [InlineData(1001, ContentMismatch.EntityTooLarge)]
    public async Task A_body_of_another_length_is_refused_and_the_old_object_stays(int actual, ContentMismatch kind)
    {
        var key = NewKey();
        await PutAsync(key, [1, 2, 3]);
        var refused = await Assert.ThrowsAsync<ContentMismatchException>(
            () => Provider.PutAsync(key, new TrickleStream(new byte[actual]), 1000));
        Assert.Equal(kind, refused.Kind);
        Assert.Equal([1, 2, 3], await ReadAsync(key));
    }

    [ProviderFact]
    public async Task A_source_that_fails_half_way_leaves_nothing()
    {
        var key = NewKey();
        await Assert.ThrowsAnyAsync<Exception>(
            () => Provider.PutAsync(key, new TrickleStream(new byte[500_000], failAt: 300_000), 500_000));
        Assert.Null(await Provider.HeadAsync(key));
    }

    [ProviderFact]
    public async Task A_copy_is_an_object_of_its_own()
    {
        var (source, target) = (NewKey(), NewKey());
        var content = RandomNumberGenerator.GetBytes(300_000);
        await PutAsync(source, content);
        var copy = await Provider.CopyAsync(source, target);
        await Provider.DeleteAsync(source);
        Assert.Equal(content.Length, copy!.Size);
        Assert.Equal(content, await ReadAsync(target));
    }

    [ProviderFact]
    public async Task Listing_gives_every_key_of_the_prefix_and_no_other()
    {
        var keys = Enumerable.Range(0, 12).Select(_ => NewKey()).Append($"{_owner}/file-data/5/mldata").ToList();
        foreach (var key in keys)
            await PutAsync(key, new byte[key.Length]);
        await PutAsync($"{_owner}9/{Guid.NewGuid()}", [1]);

        var listed = await Provider.ListAsync(_owner + "/").ToListAsync();
        Assert.Equal(keys.Order(StringComparer.Ordinal), listed.Select(entry => entry.Key).Order(StringComparer.Ordinal));
        Assert.All(listed, entry => Assert.Equal(entry.Key.Length, entry.Size));

        var derived = await Provider.ListAsync(_owner + "/file-data/").ToListAsync();
        Assert.Equal($"{_owner}/file-data/5/mldata", Assert.Single(derived).Key);
    }

    [ProviderFact]
    public async Task Concurrent_puts_of_one_key_leave_one_of_them_whole()
    {
        var key = NewKey();
        var bodies = Enumerable.Range(0, 8).Select(i => Enumerable.Repeat((byte)i, 200_000 + i).ToArray()).ToList();
        // A server may tell a writer that it lost the race (Swift does); never may two bodies mix.
        var outcomes = await Task.WhenAll(bodies.Select(body => Task.Run(async () =>
        {
            try
            {
                await PutAsync(key, body);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        })));
        Assert.Contains(true, outcomes);
        var stored = await ReadAsync(key);
        Assert.Equal(bodies[stored[0]], stored);
        Assert.Equal(stored.Length, (await Provider.HeadAsync(key))!.Size);
    }

    [ProviderFact]
    public async Task Keys_that_this_server_would_not_make_are_refused()
    {
        foreach (var key in (string[])["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a b", "a%2Fb", "ä", "a\nb", new('a', 201)])
            await Assert.ThrowsAsync<ArgumentException>(() => Provider.PutAsync(key, Stream.Null, 0));
    }

    [ProviderFact]
    public async Task Aborting_is_idempotent()
    {
        var key = NewKey();
        var upload = await Provider.StartMultipartAsync(key);
        await Provider.AbortMultipartAsync(key, upload);
        await Provider.AbortMultipartAsync(key, upload);
        Assert.Null(await Provider.HeadAsync(key));
    }

    [ProviderFact]
    public async Task A_usable_provider_is_healthy()
    {
        var health = await Provider.CheckAsync();
        Assert.True(health.IsHealthy, health.Problem);
    }

    protected async Task<byte[]> ReadAsync(string key, ByteRange? range = null)
    {
        await using var stream = await Provider.OpenReadAsync(key, range);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    private Task<ObjectHead> PutAsync(string key, byte[] content) =>
        Provider.PutAsync(key, new MemoryStream(content), content.Length, MD5.HashData(content));
}
