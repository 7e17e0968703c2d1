using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Crypto;

/// <summary>
/// Time-based one-time passwords, RFC 6238 with SHA-1, 6 digits and 30-second steps (01 §F). Secrets travel as 32 base32
/// characters without padding; clients also read that text as base64, so its length must stay a multiple of 4.
/// </summary>
public static class Totp
{
    public const int StepSeconds = 30;

    private const string Base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int MaximumSecretLength = 1024;

    /// <summary>20 random bytes as 32 base32 characters.</summary>
    public static string NewSecret() => EncodeBase32(Secrets.RandomBytes(20));

    /// <summary>Number of the 30-second step a moment lies in.</summary>
    public static long Step(DateTimeOffset time) => (long)Math.Floor(time.ToUnixTimeMilliseconds() / (StepSeconds * 1000.0));

    /// <summary>The six digits that are right at a moment.</summary>
    /// <exception cref="ArgumentException">The secret is not base32.</exception>
    public static string Compute(string secretBase32, DateTimeOffset time) =>
        TryDecodeBase32(secretBase32, out var secret)
            ? Compute(secret, Step(time))
            : throw new ArgumentException("Is not base32.", nameof(secretBase32));

    /// <summary>
    /// The step whose code was given, or null. Keep the returned step: a code is good once, so a later answer must be greater
    /// than it. Every step of the window is compared, in constant time, whatever matches.
    /// </summary>
    /// <param name="secretBase32">The shared secret.</param>
    /// <param name="code">As typed; outer white space is ignored.</param>
    /// <param name="time">Now.</param>
    /// <param name="window">How many steps before and after now are accepted.</param>
    public static long? Verify(string secretBase32, string? code, DateTimeOffset time, int window = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        if (code is null || !TryDecodeBase32(secretBase32, out var secret))
            return null;
        var given = Encoding.UTF8.GetBytes(code.Trim());
        var now = Step(time);
        long? matched = null;
        for (var step = now - window; step <= now + window; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Compute(secret, step)), given))
                matched = step;
        }
        return matched;
    }

    private static string Compute(byte[] secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = HMACSHA1.HashData(secret, counter);
        var offset = hash[^1] & 0x0f;
        var number = (BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(offset, 4)) & 0x7fffffff) % 1_000_000;
        return number.ToString("D6");
    }

    private static string EncodeBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        int buffer = 0, bits = 0;
        foreach (var value in bytes)
        {
            buffer = (buffer << 8) | value;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Base32Alphabet[(buffer >> bits) & 31]);
            }
            buffer &= (1 << bits) - 1;
        }
        if (bits > 0)
            text.Append(Base32Alphabet[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }

    private static bool TryDecodeBase32(string? text, out byte[] bytes)
    {
        bytes = [];
        var trimmed = text?.TrimEnd('=') ?? "";
        if (trimmed.Length is 0 or > MaximumSecretLength)
            return false;
        var decoded = new List<byte>(trimmed.Length * 5 / 8);
        int buffer = 0, bits = 0;
        foreach (var character in trimmed)
        {
            var value = Base32Alphabet.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal);
            if (value < 0)
                return false;
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            decoded.Add((byte)(buffer >> bits));
            buffer &= (1 << bits) - 1;
        }
        bytes = [.. decoded];
        return true;
    }
}
