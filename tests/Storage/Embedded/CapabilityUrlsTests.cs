using System.Security.Cryptography;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.Tests.Providers;
using Xunit;

namespace Ente.Orleans.Storage.Tests.Embedded;

public sealed class CapabilityUrlsTests : IDisposable
{
    private const string Key = "1580559962386438/6f1c0d7e-0f7c-4c5e-9d55-2e9f1f6f8f10";
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly ObjectOrigin Home = ObjectOrigin.Parse("http://192.168.1.2:8080");

    private readonly TemporaryDirectory _directory = new();
    private readonly SettableClock _clock = new() { Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000) };
    private readonly CapabilityUrls _urls;
    private readonly EmbeddedStore _store;

    public CapabilityUrlsTests()
    {
        _urls = new CapabilityUrls(Enumerable.Repeat((byte)7, 32).ToArray(), publicOrigin: null, _clock);
        _store = new EmbeddedStore("embedded", _directory.Path, _urls, _clock);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_bound_put_carries_length_and_md5()
    {
        var md5 = MD5.HashData([1]);
        var url = _store.PresignPut(Key, new ContentBinding(5, Convert.ToBase64String(md5)), Week, Home);
        Assert.StartsWith($"http://192.168.1.2:8080/objects/{Key}?", url, StringComparison.Ordinal);
        var capability = Allowed("PUT", url);
        Assert.Equal(5, capability.Length);
        Assert.Equal(md5, capability.Md5);
        Assert.Null(capability.UploadId);
    }

    [Fact]
    public void Parts_completions_and_gets_carry_theirs()
    {
        var part = Allowed("PUT", _store.PresignPart(Key, "0123456789abcdef0123456789abcdef", 17, null, Week, Home));
        Assert.Equal(("0123456789abcdef0123456789abcdef", 17), (part.UploadId, part.PartNumber));
        Assert.Equal("u", Allowed("POST", _store.PresignComplete(Key, "u", Week, Home)).UploadId);
        Assert.Equal(GetOverrides.File, Allowed("GET", _store.PresignGet(Key, GetOverrides.File, Week, Home)).Overrides);
        Assert.Equal(GetOverrides.Preview, Allowed("HEAD", _store.PresignGet(Key, GetOverrides.Preview, Week, Home)).Overrides);
    }

    [Fact]
    public void Altering_any_character_is_refused()
    {
        var url = _store.PresignPart(
            Key, "0123456789abcdef0123456789abcdef", 3, new ContentBinding(77, Convert.ToBase64String(new byte[16])), Week, Home);
        Allowed("PUT", url);
        for (var i = url.IndexOf("/objects/", StringComparison.Ordinal) + "/objects/".Length; i < url.Length; i++)
        {
            // The neighbour in ASCII differs in the lowest bits only: it would slip through a comparison of decoded base64.
            foreach (var other in (char[])[(char)(url[i] + 1), (char)(url[i] - 1), '0', 'A', '&', '%', 'é'])
            {
                if (other == url[i])
                    continue;
                var altered = string.Concat(url.AsSpan(0, i), [other], url.AsSpan(i + 1));
                Assert.True(Verify("PUT", altered) == CapabilityVerdict.BadSignature, altered);
            }

            Assert.Equal(CapabilityVerdict.BadSignature, Verify("PUT", url.Remove(i, 1)));
        }

        Assert.Equal(CapabilityVerdict.BadSignature, Verify("PUT", url + "&part=4"));
        Assert.Equal(CapabilityVerdict.BadSignature, Verify("PUT", url.Replace("?", "?part=4&", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("GET", "PUT")]
    [InlineData("GET", "POST")]
    [InlineData("GET", "DELETE")]
    [InlineData("PUT", "GET")]
    [InlineData("PUT", "HEAD")]
    [InlineData("POST", "PUT")]
    public void A_url_is_for_one_method(string made, string used)
    {
        var url = made switch
        {
            "GET" => _store.PresignGet(Key, GetOverrides.File, Week, Home),
            "PUT" => _store.PresignPut(Key, null, Week, Home),
            _ => _store.PresignComplete(Key, "u", Week, Home),
        };
        Assert.Equal(CapabilityVerdict.BadSignature, Verify(used, url));
    }

    [Fact]
    public void A_url_ends_with_its_life_and_another_key_never_opens_it()
    {
        var url = _store.PresignGet(Key, GetOverrides.File, Week, Home);
        var others = new CapabilityUrls(new byte[32], publicOrigin: null, _clock);
        Assert.Equal(CapabilityVerdict.BadSignature, Verify("GET", url, others));
        _clock.Now += Week - TimeSpan.FromSeconds(1);
        Allowed("GET", url);
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(CapabilityVerdict.Expired, Verify("GET", url));
        Assert.Throws<ArgumentOutOfRangeException>(() => _store.PresignGet(Key, default, Week + TimeSpan.FromSeconds(1), Home));
    }

    [Fact]
    public void A_configured_origin_wins_over_the_requests_own()
    {
        var urls = new CapabilityUrls(new byte[32], ObjectOrigin.Parse("https://photos.example.org/"));
        var store = new EmbeddedStore("embedded", _directory.Path, urls);
        Assert.StartsWith("https://photos.example.org/objects/", store.PresignGet(Key, default, Week, Home), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _store.PresignGet(Key, default, Week, origin: null));
    }

    [Fact]
    public void Short_keys_are_refused() => Assert.Throws<ArgumentException>(() => new CapabilityUrls(new byte[31]));

    private Capability Allowed(string method, string url)
    {
        Assert.Equal(CapabilityVerdict.Allowed, Verify(method, url, _urls, out var capability));
        return capability!;
    }

    private CapabilityVerdict Verify(string method, string url, CapabilityUrls? urls = null) =>
        Verify(method, url, urls ?? _urls, out _);

    private static CapabilityVerdict Verify(string method, string url, CapabilityUrls urls, out Capability? capability)
    {
        var path = url[(url.IndexOf("/objects/", StringComparison.Ordinal) + "/objects/".Length)..];
        var end = path.IndexOf('?', StringComparison.Ordinal);
        var (key, query) = end < 0 ? (path, "") : (path[..end], path[end..]);
        return urls.Verify(method, key, query, out capability);
    }
}
