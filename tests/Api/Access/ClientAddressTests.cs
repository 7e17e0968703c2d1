using System.Net;
using Ente.Orleans.Api.Access;
using Ente.Orleans.Api.Objects;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Ente.Orleans.Api.Tests.Access;

/// <summary>Whose address a request has, behind proxies and without, in all its spellings.</summary>
public sealed class ClientAddressTests
{
    private static readonly TrustedProxies Proxies = new([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")]);

    [Theory]
    // From strangers nothing is believed.
    [InlineData("198.51.100.1", "203.0.113.9", null, "198.51.100.1")]
    [InlineData("198.51.100.1", null, "203.0.113.9", "198.51.100.1")]
    // What the nearest proxy saw, however much the client wrote to the left of it.
    [InlineData("127.0.0.1", "203.0.113.9", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "1.2.3.4, 5.6.7.8, 203.0.113.9", null, "203.0.113.9")]
    [InlineData("::1", "1.2.3.4, 203.0.113.9, 10.1.2.3", null, "203.0.113.9")]
    [InlineData("10.9.9.9", "1.2.3.4,203.0.113.9 , fd00::5,10.1.2.3", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "203.0.113.9, nonsense, 10.1.2.3", null, "10.1.2.3")]
    [InlineData("127.0.0.1", "nonsense", "203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.1", "10.3.3.3, 10.2.2.2", null, "10.3.3.3")]
    [InlineData("127.0.0.1", null, null, "127.0.0.1")]
    // Spellings, also of the peer's own.
    [InlineData("127.0.0.1", "::ffff:203.0.113.9", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "3405803785", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "0xCB007109", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "0313.0.0161.011", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "203.0.113.9:4711", null, "203.0.113.9")]
    [InlineData("127.0.0.1", "[2001:DB8:0:0::17]:4711", null, "2001:db8::17")]
    [InlineData("::ffff:127.0.0.1", "203.0.113.9", null, "203.0.113.9")]
    [InlineData("::ffff:198.51.100.1", null, null, "198.51.100.1")]
    public void The_address_is_what_trusted_proxies_vouch_for(string peer, string? forwarded, string? real, string expected) =>
        Assert.Equal(expected, Of(peer, forwarded, real).Address);

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:cb00:7109", "203.0.113.9")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64")]
    public void Limits_go_by_the_network_whose_addresses_one_host_chooses(string address, string network) =>
        Assert.Equal(network, Of("127.0.0.1", address, null).Network);

    [Fact]
    public void A_header_named_by_the_operator_counts_from_trusted_proxies_only()
    {
        Assert.Equal("203.0.113.9", Of("127.0.0.1", "1.2.3.4", null, ("CF-Connecting-IP", "0xCB007109")).Address);
        Assert.Equal("198.51.100.1", Of("198.51.100.1", "1.2.3.4", null, ("CF-Connecting-IP", "203.0.113.9")).Address);
    }

    private static (string Address, string Network) Of(string peer, string? forwarded, string? real, (string Name, string Value)? named = null)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        if (forwarded is not null)
            http.Request.Headers["X-Forwarded-For"] = forwarded;
        if (real is not null)
            http.Request.Headers["X-Real-IP"] = real;
        if (named is var (name, value))
            http.Request.Headers[name] = value;
        return ClientAddress.Of(http, Proxies, named?.Name ?? "");
    }
}
