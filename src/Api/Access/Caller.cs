using System.Reflection;
using System.Text;
using Ente.Orleans.Api.Objects;
using Ente.Orleans.Domain;

namespace Ente.Orleans.Api.Access;

/// <summary>Who is calling: a user by token or scoped JWT. Handlers get it only where the endpoint requires one.</summary>
internal sealed record Caller(long UserId, string App, string TokenHash)
{
    public static ValueTask<Caller> BindAsync(HttpContext http, ParameterInfo parameter) => Admitted.As<Caller>(http);
}

/// <summary>What every request tells of the client (api/01 §A3).</summary>
/// <param name="App">The app that the package names.</param>
/// <param name="Package">As sent.</param>
/// <param name="Version">As sent.</param>
/// <param name="Address">Canonical, for people to read.</param>
/// <param name="Network">What limits go by: the IPv4 address, or the /64.</param>
/// <param name="UserAgent">As sent.</param>
/// <param name="RequestId">Of this request.</param>
internal sealed record ClientInfo(
    string App, string Package, string Version, string Address, string Network, string UserAgent, string RequestId)
{
    /// <summary>Package and version as some file endpoints keep them.</summary>
    public string? Client => Package.Length == 0 ? null : Version.Length == 0 ? Package : $"{Package}/{Version}";

    public static ValueTask<ClientInfo> BindAsync(HttpContext http, ParameterInfo parameter) => ValueTask.FromResult(Of(http));

    public static ClientInfo Of(HttpContext http) => http.Features.Get<ClientInfo>()!;

    public static ClientInfo From(HttpContext http, TrustedProxies proxies, string trustedHeader, string requestId)
    {
        var package = http.Request.Headers["X-Client-Package"].ToString();
        var (address, network) = ClientAddress.Of(http, proxies, trustedHeader);
        return new ClientInfo(
            AppOf(package), Bounded(package), Bounded(http.Request.Headers["X-Client-Version"].ToString()),
            address, network, Bounded(http.Request.Headers.UserAgent.ToString(), 512), requestId);
    }

    private static string AppOf(string package) =>
        package.StartsWith("io.ente.auth", StringComparison.Ordinal) ? Apps.Auth
        : package.StartsWith("io.ente.locker", StringComparison.Ordinal) ? Apps.Locker
        : Apps.Photos;

    private static string Bounded(string text, int length = 128)
    {
        var clean = Decoded(text).Replace("\0", "", StringComparison.Ordinal);
        return clean.Length <= length ? clean : clean[..length];
    }

    // Headers come as bytes, one a character: what is UTF-8 is meant as such.
    private static string Decoded(string header)
    {
        if (Ascii.IsValid(header) || header.Any(c => c > 255)) return header;
        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(header));
        }
        catch (DecoderFallbackException)
        {
            return header;
        }
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
