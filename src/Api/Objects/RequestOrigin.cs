using System.Net;
using Ente.Orleans.Storage;
using Microsoft.AspNetCore.Http;

namespace Ente.Orleans.Api.Objects;

/// <summary>
/// The proxies whose <c>X-Forwarded-…</c> headers are believed: those on this machine and the configured networks.
/// </summary>
public sealed class TrustedProxies(IReadOnlyCollection<IPNetwork> networks)
{
    /// <summary>Proxies on this machine only.</summary>
    public static TrustedProxies LocalOnly { get; } = new([]);

    /// <summary>Whether a connection from <paramref name="address"/> comes from a trusted proxy.</summary>
    public bool Includes(IPAddress? address)
    {
        // Connections over a Unix socket have no address, and are local.
        if (address is null)
            return true;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return IPAddress.IsLoopback(address) || networks.Any(network => network.Contains(address));
    }
}

/// <summary>Reads the origin that a client itself used, so that the URLs it gets work from where it is.</summary>
public static class RequestOrigin
{
    extension(ObjectOrigin)
    {
        /// <summary>
        /// Scheme and host of the request; as the outermost proxy saw them when the connection comes from a trusted one.
        /// </summary>
        /// <exception cref="BadHttpRequestException">The Host header is no host and port.</exception>
        public static ObjectOrigin From(HttpRequest request, TrustedProxies proxies)
        {
            var (scheme, host) = (request.Scheme, request.Host.Value);
            if (proxies.Includes(request.HttpContext.Connection.RemoteIpAddress))
            {
                if (First(request.Headers["X-Forwarded-Proto"])?.ToLowerInvariant() is "http" or "https")
                    scheme = First(request.Headers["X-Forwarded-Proto"])!;
                // A forwarded host that is none must not break what works without it.
                if (Compose(scheme, First(request.Headers["X-Forwarded-Host"])) is { } forwarded)
                    return forwarded;
            }

            return Compose(scheme, host)
                ?? throw new BadHttpRequestException("The Host header is not a host.", StatusCodes.Status400BadRequest);
        }
    }

    private static ObjectOrigin? Compose(string scheme, string? host) =>
        // The slash would be forgiven as the end of an origin, but has no place in a host.
        string.IsNullOrEmpty(host) || host.Contains('/') ? null : ObjectOrigin.TryParse($"{scheme}://{host}");

    /// <summary>Each proxy appends to the list, so the first is what the client asked for.</summary>
    private static string? First(Microsoft.Extensions.Primitives.StringValues values)
    {
        var first = values.ToString().Split(',')[0].Trim();
        return first.Length == 0 ? null : first;
    }
}
