using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ente.Orleans.Crypto;

/// <summary>
/// Signed tokens, RFC 7515 compact form with a shared key (01 §A4): HS256 is issued; HS256, HS384 and HS512 are accepted. What
/// the claims mean, expiry included, is the caller's business.
/// </summary>
public static class JsonWebToken
{
    private const int MaximumLength = 16384;
    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    public static string Issue(JsonObject payload, ReadOnlySpan<byte> key)
    {
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>
    /// True when the signature is right under the key and the payload is a JSON object. Anything malformed, an algorithm other
    /// than the three (<c>none</c> included) or a critical header extension gives false; nothing throws.
    /// </summary>
    public static bool TryVerify(string? token, ReadOnlySpan<byte> key, out JsonElement payload)
    {
        payload = default;
        if (token is null || token.Length > MaximumLength || token.Split('.') is not [var header, var body, var signature])
            return false;
        if (!TryDecode(header, out var headerBytes) || !TryDecode(body, out var bodyBytes) || !TryDecode(signature, out var given))
            return false;
        if (!TryReadObject(headerBytes, out var headerObject) || headerObject.TryGetProperty("crit", out _))
            return false;
        if (!headerObject.TryGetProperty("alg", out var alg) || alg.ValueKind != JsonValueKind.String)
            return false;
        var signed = Encoding.ASCII.GetBytes($"{header}.{body}");
        var expected = alg.GetString() switch
        {
            "HS256" => HMACSHA256.HashData(key, signed),
            "HS384" => HMACSHA384.HashData(key, signed),
            "HS512" => HMACSHA512.HashData(key, signed),
            _ => null,
        };
        return expected is not null && CryptographicOperations.FixedTimeEquals(expected, given) && TryReadObject(bodyBytes, out payload);
    }

    /// <summary>
    /// One segment: URL-safe, no padding, canonical. The framework's own decoder skips white space, drops stray bits and, on
    /// some input, throws; a token must have one spelling and reading it must never throw.
    /// </summary>
    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        return !text.Contains('=', StringComparison.Ordinal)
            && Base64Text.TryDecodeUrl(text + new string('=', (4 - text.Length % 4) % 4), out bytes);
    }

    private static bool TryReadObject(byte[] json, out JsonElement value)
    {
        value = default;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            value = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
