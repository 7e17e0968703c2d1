using System.Reflection;
using Ente.Orleans.Domain;

namespace Ente.Orleans.Api.Access;

/// <summary>Who is calling: a user by token or scoped JWT. Handlers get it only where the endpoint requires one.</summary>
internal sealed record Caller(long UserId, string App, string TokenHash)
{
    public static ValueTask<Caller> BindAsync(HttpContext http, ParameterInfo parameter) => Admitted.As<Caller>(http);
}

/// <summary>What every request tells of the client (api/01 §A3).</summary>
internal sealed record ClientInfo(string App, string Package, string Version, string Address, string UserAgent, string RequestId)
{
    /// <summary>Package and version as some file endpoints keep them.</summary>
    public string? Client => Package.Length == 0 ? null : Version.Length == 0 ? Package : $"{Package}/{Version}";

    public static ValueTask<ClientInfo> BindAsync(HttpContext http, ParameterInfo parameter) => ValueTask.FromResult(Of(http));

    public static ClientInfo Of(HttpContext http) => http.Features.Get<ClientInfo>()!;

    public static ClientInfo From(HttpContext http, string trustedHeader, string requestId)
    {
        var package = http.Request.Headers["X-Client-Package"].ToString();
        return new ClientInfo(
            AppOf(package), Bounded(package), Bounded(http.Request.Headers["X-Client-Version"].ToString()),
            ClientAddress.Of(http, trustedHeader), Bounded(http.Request.Headers.UserAgent.ToString(), 512), requestId);
    }

    private static string AppOf(string package) =>
        package.StartsWith("io.ente.auth", StringComparison.Ordinal) ? Apps.Auth
        : package.StartsWith("io.ente.locker", StringComparison.Ordinal) ? Apps.Locker
        : Apps.Photos;

    private static string Bounded(string text, int length = 128)
    {
        var clean = text.Replace("\0", "", StringComparison.Ordinal);
        return clean.Length <= length ? clean : clean[..length];
    }
}

/// <summary>The client's address behind proxies (api/01 §A3).</summary>
internal static class ClientAddress
{
    public static string Of(HttpContext http, string trustedHeader)
    {
        if (trustedHeader.Length > 0 && http.Request.Headers[trustedHeader].ToString() is { Length: > 0 and <= 64 } trusted) return trusted;
        var forwarded = http.Request.Headers["X-Forwarded-For"].ToString();
        if (forwarded.Length is > 0 and <= 512)
        {
            var hops = forwarded.Split(',', StringSplitOptions.TrimEntries);
            if (hops.All(h => System.Net.IPAddress.TryParse(h, out _))) return hops[0];
        }

        var real = http.Request.Headers["X-Real-IP"].ToString();
        if (real.Length > 0 && System.Net.IPAddress.TryParse(real, out _)) return real;
        var peer = http.Connection.RemoteIpAddress;
        return (peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer)?.ToString() ?? "";
    }
}
