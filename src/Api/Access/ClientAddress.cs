using System.Net;
using System.Net.Sockets;
using Ente.Orleans.Api.Objects;

namespace Ente.Orleans.Api.Access;

/// <summary>
/// The client's address behind proxies (api/01 §A3). Headers are believed from trusted proxies only, and walked from the right: what
/// stands to the left of the first address that is no trusted proxy was written by the client itself.
/// </summary>
internal static class ClientAddress
{
    private const int MaxHops = 32;

    /// <summary>The address in its one canonical spelling; the network that limits go by; "" for both over a Unix socket.</summary>
    public static (string Address, string Network) Of(HttpContext http, TrustedProxies proxies, string trustedHeader)
    {
        var peer = Canonical(http.Connection.RemoteIpAddress);
        var client = proxies.Includes(peer) ? Forwarded(http, proxies, trustedHeader) ?? peer : peer;
        return client is null ? ("", "") : (client.ToString(), NetworkOf(client));
    }

    /// <summary>An IPv4 address, or the /64 that an IPv6 host chooses its addresses from as it likes.</summary>
    public static string NetworkOf(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    /// <summary>Any spelling that .NET reads (<c>::ffff:203.0.113.9</c>, <c>3405803785</c>, <c>0xCB007109</c>), also with a port.</summary>
    public static IPAddress? Parse(string text)
    {
        var trimmed = text.Trim();
        if (IPAddress.TryParse(trimmed, out var address)) return Canonical(address);
        return IPEndPoint.TryParse(trimmed, out var endpoint) ? Canonical(endpoint.Address) : null;
    }

    public static IPAddress? Canonical(IPAddress? address) => address switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } => new IPAddress(address.GetAddressBytes()),
        _ => address,
    };

    private static IPAddress? Forwarded(HttpContext http, TrustedProxies proxies, string trustedHeader)
    {
        var headers = http.Request.Headers;
        if (trustedHeader.Length > 0 && Parse(headers[trustedHeader].ToString()) is { } named) return named;
        var hops = headers["X-Forwarded-For"].ToString().Split(',');
        IPAddress? nearest = null;
        for (var i = hops.Length - 1; i >= Math.Max(0, hops.Length - MaxHops); i--)
        {
            // Unreadable: nothing further left was vouched for.
            if (Parse(hops[i]) is not { } hop) break;
            nearest = hop;
            if (!proxies.Includes(hop)) break;
        }

        return nearest ?? Parse(headers["X-Real-IP"].ToString());
    }
}
