using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// URLs under <c>{origin}/objects/</c> that carry the permission for one request, as presigned S3 URLs do. The signature is an
/// HMAC-SHA256 over method, key and the query as it stands, so no character can change without being noticed. Every value is
/// made of characters that no URL library rewrites.
/// </summary>
public sealed class CapabilityUrls
{
    /// <summary>Path under which the objects appear.</summary>
    public const string PathPrefix = "/objects/";

    /// <summary>The longest life of a URL, and the usual one (contract 03 §4.2).</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    private const string SignatureParameter = "&sig=";
    private const int MinKeyBytes = 32;

    private readonly byte[] _key;
    private readonly ObjectOrigin? _publicOrigin;
    private readonly TimeProvider _clock;

    /// <param name="key">The signing key, at least 32 bytes.</param>
    /// <param name="publicOrigin">The one origin for all clients, if the operator has set it; it wins over the request's own.</param>
    /// <param name="clock">The system's clock unless given.</param>
    public CapabilityUrls(ReadOnlySpan<byte> key, ObjectOrigin? publicOrigin = null, TimeProvider? clock = null)
    {
        if (key.Length < MinKeyBytes)
            throw new ArgumentException("The signing key has fewer than 32 bytes.", nameof(key));
        _key = key.ToArray();
        _publicOrigin = publicOrigin;
        _clock = clock ?? TimeProvider.System;
    }

    internal string Put(string key, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        Make("PUT", key, Bound(binding), life, origin);

    internal string Part(string key, string uploadId, int partNumber, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        Make("PUT", key, $"&upload={uploadId}&part={partNumber}{Bound(binding)}", life, origin);

    internal string Complete(string key, string uploadId, TimeSpan life, ObjectOrigin? origin) =>
        Make("POST", key, $"&upload={uploadId}", life, origin);

    internal string Get(string key, GetOverrides overrides, TimeSpan life, ObjectOrigin? origin)
    {
        if (overrides.ContentType is { } type && (type.Length == 0 || type.AsSpan().ContainsAnyExcept(TypeAlphabet)))
            throw new ArgumentException("Not a plain media type.", nameof(overrides));

        var parameters = (overrides.Attachment ? "&attachment=1" : "")
            + (overrides.ContentType is null ? "" : "&type=" + overrides.ContentType);
        return Make("GET", key, parameters, life, origin);
    }

    /// <summary>Reads a request's permission out of its URL.</summary>
    /// <param name="method">The request's method; HEAD is allowed by a URL for GET.</param>
    /// <param name="key">The path below <see cref="PathPrefix"/>.</param>
    /// <param name="query">The query as received, with or without its question mark.</param>
    /// <param name="capability">What the request may do; null unless allowed.</param>
    public CapabilityVerdict Verify(string method, string key, ReadOnlySpan<char> query, out Capability? capability)
    {
        capability = null;
        if (query.StartsWith('?'))
            query = query[1..];

        var signedLength = query.LastIndexOf(SignatureParameter, StringComparison.Ordinal);
        if (signedLength < 0 || !ObjectKey.IsValid(key))
            return CapabilityVerdict.BadSignature;

        var parameters = query[..signedLength];
        var expected = Sign(method == "HEAD" ? "GET" : method, key, parameters);
        // Compared as text: two base64 texts may stand for the same bytes.
        var given = query[(signedLength + SignatureParameter.Length)..];
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given.ToString()), Encoding.UTF8.GetBytes(expected)))
            return CapabilityVerdict.BadSignature;

        // From here on the query is our own writing.
        var read = Capability.Read(method, key, parameters);
        if (_clock.GetUtcNow() >= read.Expires)
            return CapabilityVerdict.Expired;

        capability = read;
        return CapabilityVerdict.Allowed;
    }

    private static string Bound(ContentBinding? binding) => binding is { } bound
        ? $"&len={bound.Length}&md5={Convert.ToHexStringLower(Convert.FromBase64String(bound.Md5Base64))}"
        : "";

    private string Make(string method, string key, string parameters, TimeSpan life, ObjectOrigin? origin)
    {
        ObjectKey.Require(key);
        if (life <= TimeSpan.Zero || life > MaxLife)
            throw new ArgumentOutOfRangeException(nameof(life), life, "More than 0 and at most 7 days.");

        var host = _publicOrigin ?? origin
            ?? throw new ArgumentException("Neither a public origin nor the request's own is known.", nameof(origin));
        var query = $"exp={(_clock.GetUtcNow() + life).ToUnixTimeSeconds()}{parameters}";
        return $"{host.Value}{PathPrefix}{key}?{query}{SignatureParameter}{Sign(method, key, query)}";
    }

    private string Sign(string method, string key, ReadOnlySpan<char> query)
    {
        var text = Encoding.UTF8.GetBytes($"ente-orleans object capability v1\n{method}\n{key}\n{query}");
        return System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(_key, text));
    }

    private static readonly System.Buffers.SearchValues<char> TypeAlphabet =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789./-");
}

/// <summary>Whether a URL permits the request.</summary>
public enum CapabilityVerdict
{
    Allowed,

    /// <summary>The URL was not made by this server for this method and key, or was altered.</summary>
    BadSignature,

    /// <summary>It was genuine, and its time is over.</summary>
    Expired,
}

/// <summary>What a capability URL permits.</summary>
/// <param name="Method">The request's method.</param>
/// <param name="Key">The object's key.</param>
/// <param name="Expires">When the URL ends.</param>
/// <param name="Length">Bytes that the body must have; null for an unbound PUT.</param>
/// <param name="Md5">What the body must hash to; bound together with the length.</param>
/// <param name="UploadId">The upload in parts; null for whole objects.</param>
/// <param name="PartNumber">The part, for a PUT with <paramref name="UploadId"/>.</param>
/// <param name="Overrides">Response headers of a GET.</param>
public sealed record Capability(
    string Method,
    string Key,
    DateTimeOffset Expires,
    long? Length,
    byte[]? Md5,
    string? UploadId,
    int? PartNumber,
    GetOverrides Overrides)
{
    /// <summary>Reads parameters whose signature was checked.</summary>
    internal static Capability Read(string method, string key, ReadOnlySpan<char> parameters)
    {
        var capability = new Capability(method, key, default, Length: null, Md5: null, UploadId: null, PartNumber: null, default);
        foreach (var range in parameters.Split('&'))
        {
            var pair = parameters[range];
            var split = pair.IndexOf('=');
            var value = pair[(split + 1)..];
            capability = pair[..split] switch
            {
                "exp" => capability with { Expires = DateTimeOffset.FromUnixTimeSeconds(Number(value)) },
                "len" => capability with { Length = Number(value) },
                "md5" => capability with { Md5 = Convert.FromHexString(value) },
                "upload" => capability with { UploadId = value.ToString() },
                "part" => capability with { PartNumber = (int)Number(value) },
                "attachment" => capability with { Overrides = capability.Overrides with { Attachment = true } },
                "type" => capability with { Overrides = capability.Overrides with { ContentType = value.ToString() } },
                _ => throw new InvalidOperationException("A signed URL has a parameter that this version does not know."),
            };
        }

        return capability;
    }

    private static long Number(ReadOnlySpan<char> text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
