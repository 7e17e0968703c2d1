using System.Security.Cryptography;
using Ente.Orleans.Storage.S3;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Storage.Tests.S3;

[NeedsS3Servers]
[Collection(nameof(S3Servers))]
public sealed class S3ProviderTests(S3Servers servers) : ObjectProviderContract, IDisposable
{
    private readonly S3Provider _provider = new("current", servers.Current);

    protected override IObjectProvider Provider => _provider;

    public void Dispose() => _provider.Dispose();

    [ProviderFact]
    public async Task Objects_beyond_one_request_are_stored_and_copied_in_parts()
    {
        const int mebibyte = 1 << 20;
        using var provider = new S3Provider("parts", servers.Current, new S3Limits(5 * mebibyte, 5 * mebibyte, 5 * mebibyte));
        var content = RandomNumberGenerator.GetBytes((12 * mebibyte) + 17);
        var stored = await provider.PutAsync("1/large", new TrickleStream(content), content.Length, MD5.HashData(content));
        Assert.EndsWith("-3\"", stored.ETag, StringComparison.Ordinal);

        var copied = await provider.CopyAsync("1/large", "1/copy");
        Assert.EndsWith("-3\"", copied!.ETag, StringComparison.Ordinal);
        Assert.Equal(content, await ReadAsync("1/copy"));
    }

    [ProviderFact]
    public async Task A_large_body_that_is_not_what_was_announced_leaves_nothing()
    {
        const int mebibyte = 1 << 20;
        using var provider = new S3Provider("parts", servers.Current, new S3Limits(5 * mebibyte, 5 * mebibyte, 5 * mebibyte));
        var content = RandomNumberGenerator.GetBytes(11 * mebibyte);
        var wrong = await Assert.ThrowsAsync<ContentMismatchException>(
            () => provider.PutAsync("1/refused", new TrickleStream(content), content.Length, MD5.HashData([1])));
        Assert.Equal(ContentMismatch.BadDigest, wrong.Kind);
        var longer = await Assert.ThrowsAsync<ContentMismatchException>(
            () => provider.PutAsync("1/refused", new TrickleStream(content), 10 * mebibyte));
        Assert.Equal(ContentMismatch.EntityTooLarge, longer.Kind);
        Assert.Null(await provider.HeadAsync("1/refused"));
    }

    [ProviderFact]
    public async Task Wrong_keys_a_missing_bucket_and_a_dead_endpoint_are_reported_not_thrown()
    {
        foreach (var broken in (S3Options[])[
            servers.Current with { Secret = "wrong" },
            servers.Current with { Bucket = "absent" },
            servers.Current with { Endpoint = "http://127.0.0.1:9" },
        ])
        {
            using var provider = new S3Provider("broken", broken);
            var health = await provider.CheckAsync();
            Assert.False(health.IsHealthy);
            Assert.NotEmpty(health.Problem!);
        }
    }
}

[NeedsS3Servers]
[Collection(nameof(S3Servers))]
public sealed class OlderS3ProviderTests(S3Servers servers) : ObjectProviderContract, IDisposable
{
    private readonly S3Provider _provider = new("older", servers.Older);

    protected override IObjectProvider Provider => _provider;

    public void Dispose() => _provider.Dispose();
}

[NeedsS3Servers]
[Collection(nameof(S3Servers))]
public sealed class S3PresignedUrlTests(S3Servers servers) : PresignedUrlContract, IDisposable
{
    private readonly S3Provider _provider = new("current", servers.Current);

    protected override IObjectProvider Provider => _provider;

    protected override HttpClient Http { get; } = new();

    protected override ObjectOrigin? Origin => null;

    public void Dispose()
    {
        _provider.Dispose();
        Http.Dispose();
    }
}

[NeedsS3Servers]
[Collection(nameof(S3Servers))]
public sealed class OlderS3PresignedUrlTests(S3Servers servers) : PresignedUrlContract, IDisposable
{
    private readonly S3Provider _provider = new("older", servers.Older);

    protected override IObjectProvider Provider => _provider;

    protected override HttpClient Http { get; } = new();

    protected override ObjectOrigin? Origin => null;

    public void Dispose()
    {
        _provider.Dispose();
        Http.Dispose();
    }
}
