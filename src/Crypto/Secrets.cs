using System.Security.Cryptography;

namespace Ente.Orleans.Crypto;

/// <summary>Random values from the operating system's generator.</summary>
public static class Secrets
{
    public const string AlphanumericAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static byte[] RandomBytes(int count) => RandomNumberGenerator.GetBytes(count);

    /// <summary>Characters drawn from an alphabet, each equally likely (rejection sampling, no modulo bias).</summary>
    /// <exception cref="ArgumentException">The alphabet is empty.</exception>
    public static string RandomAlphanumeric(int count, string alphabet = AlphanumericAlphabet) =>
        RandomNumberGenerator.GetString(alphabet, count);
}

/// <summary>
/// Strict standard and URL-safe base64 as libsodium decodes it (08 §1): right alphabet, right padding, no white space, no stray
/// bits. .NET's own decoders are more lenient, and two readings of one key would be two keys.
/// </summary>
public static class Base64Text
{
    public static bool TryDecode(string? text, out byte[] bytes)
    {
        bytes = [];
        if (text is null)
            return false;
        var buffer = new byte[(text.Length / 4 + 1) * 3];
        if (!Convert.TryFromBase64String(text, buffer, out var written))
            return false;
        var decoded = buffer[..written];
        if (!string.Equals(Convert.ToBase64String(decoded), text, StringComparison.Ordinal))
            return false;
        bytes = decoded;
        return true;
    }

    /// <summary>URL-safe alphabet with padding kept: the form of auth tokens (08 §5).</summary>
    public static string EncodeUrl(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');

    /// <summary>Reads the URL-safe alphabet with padding; false for anything that is not canonical.</summary>
    public static bool TryDecodeUrl(string? text, out byte[] bytes)
    {
        bytes = [];
        return text is not null && !text.AsSpan().ContainsAny('+', '/') && TryDecode(text.Replace('-', '+').Replace('_', '/'), out bytes);
    }
}
