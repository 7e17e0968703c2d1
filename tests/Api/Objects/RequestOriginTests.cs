using System.Net;
using Ente.Orleans.Api.Objects;
using Ente.Orleans.Storage;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Ente.Orleans.Api.Tests.Objects;

public sealed class RequestOriginTests
{
    [Theory]
    [InlineData("http", "192.168.1.2:8080", "http://192.168.1.2:8080")]
    [InlineData("https", "photos.example.org", "https://photos.example.org")]
    [InlineData("http", "[fd00::1]:8080", "http://[fd00::1]:8080")]
    [InlineData("https", "[fd00::1]", "https://[fd00::1]")]
    [InlineData("https", "photos.example.org:443", "https://photos.example.org")]
    public void The_host_that_the_client_used(string scheme, string host, string expected) =>
        Assert.Equal(expected, From(scheme, host, remote: "203.0.113.9").Value);

    [Theory]
    [InlineData("127.0.0.1", "https://photos.example.org")]
    [InlineData("::1", "https://photos.example.org")]
    [InlineData("::ffff:127.0.0.1", "https://photos.example.org")]
    [InlineData("10.1.2.3", "https://photos.example.org")]
    [InlineData(null, "https://photos.example.org")]
    [InlineData("203.0.113.9", "http://silo:8080")]
    [InlineData("10.2.2.3", "http://silo:8080")]
    public void Forwarded_headers_count_from_trusted_proxies_only(string? remote, string expected) =>
        Assert.Equal(expected, From("http", "silo:8080", remote, "photos.example.org", "https").Value);

    [Theory]
    [InlineData("photos.example.org:8443", "https", "https://photos.example.org:8443")]
    [InlineData("[2001:db8::5]:8443", "https", "https://[2001:db8::5]:8443")]
    [InlineData("photos.example.org, inner.example.org", "https, http", "https://photos.example.org")]
    [InlineData("photos.example.org", "javascript", "http://photos.example.org")]
    [InlineData("evil.example.org/path", "https", "https://silo:8080")]
    [InlineData("user@evil.example.org", "https", "https://silo:8080")]
    [InlineData("evil\r\nSet-Cookie: a=b", "https", "https://silo:8080")]
    [InlineData("evil.example.org?x", "https", "https://silo:8080")]
    [InlineData("", "https", "https://silo:8080")]
    public void Of_forwarded_values_the_first_counts_and_hostile_ones_do_not(string host, string scheme, string expected) =>
        Assert.Equal(expected, From("http", "silo:8080", "127.0.0.1", host, scheme).Value);

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a/")]
    [InlineData("a\r\nb")]
    [InlineData("user@host")]
    [InlineData("host:99999")]
    [InlineData("fd00::1")]
    public void A_host_that_is_none_is_a_bad_request(string host)
    {
        var refused = Assert.Throws<BadHttpRequestException>(() => From("https", host, "203.0.113.9"));
        Assert.Equal(400, refused.StatusCode);
    }

    private static ObjectOrigin From(string scheme, string host, string? remote, string? forwardedHost = null, string? forwardedProto = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Scheme = scheme;
        context.Request.Headers.Host = host;
        context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
        context.Request.Headers["X-Forwarded-Host"] = forwardedHost;
        context.Request.Headers["X-Forwarded-Proto"] = forwardedProto;
        return ObjectOrigin.From(context.Request, new TrustedProxies([IPNetwork.Parse("10.1.0.0/16")]));
    }
}
