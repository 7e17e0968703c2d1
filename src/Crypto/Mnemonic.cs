using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Ente.Orleans.Crypto;

/// <summary>
/// BIP-39 with the English list and 24 words: the shown form of the recovery key and of the verification id (08 §3.2). The list
/// (<c>bip39-english.txt</c>, 2048 words) is the standard's own, as published with BIP-39 and shipped by the npm package bip39.
/// </summary>
public static class Mnemonic
{
    public const int EntropySize = 32;
    public const int WordCount = 24;

    private static readonly string[] Words = ReadWords();
    private static readonly FrozenDictionary<string, int> Positions =
        Words.Select((word, position) => (word, position)).ToFrozenDictionary(p => p.word, p => p.position, StringComparer.Ordinal);

    /// <summary>24 words separated by single spaces: 256 bits of entropy and 8 bits of checksum, 11 bits a word.</summary>
    /// <exception cref="ArgumentException">The entropy is not 32 bytes.</exception>
    public static string FromEntropy(ReadOnlySpan<byte> entropy)
    {
        Sizes.Require(entropy, EntropySize, nameof(entropy));
        byte[] bits = [.. entropy, SHA256.HashData(entropy)[0]];
        var words = new string[WordCount];
        for (var i = 0; i < WordCount; i++)
        {
            var index = 0;
            for (var bit = i * 11; bit < (i + 1) * 11; bit++)
                index = (index << 1) | ((bits[bit >> 3] >> (7 - (bit & 7))) & 1);
            words[i] = Words[index];
        }
        return string.Join(' ', words);
    }

    /// <summary>False unless the text is 24 words of the list whose checksum is right; outer and repeated spaces are ignored.</summary>
    public static bool TryParse(string? text, out byte[] entropy)
    {
        entropy = [];
        var words = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (words.Length != WordCount)
            return false;
        Span<byte> bits = stackalloc byte[EntropySize + 1];
        bits.Clear();
        for (var i = 0; i < WordCount; i++)
        {
            if (!Positions.TryGetValue(words[i], out var index))
                return false;
            for (var j = 0; j < 11; j++)
            {
                var bit = i * 11 + j;
                bits[bit >> 3] |= (byte)(((index >> (10 - j)) & 1) << (7 - (bit & 7)));
            }
        }
        if (SHA256.HashData(bits[..EntropySize])[0] != bits[EntropySize])
            return false;
        entropy = bits[..EntropySize].ToArray();
        return true;
    }

    /// <summary>Reads a recovery key as people type it: 24 words if it contains a space, else 64 hex digits (08 §3.2).</summary>
    public static bool TryParseRecoveryKey(string? text, out byte[] key)
    {
        key = [];
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Contains(' ', StringComparison.Ordinal))
            return TryParse(trimmed, out key);
        if (trimmed.Length != EntropySize * 2 || !trimmed.All(char.IsAsciiHexDigit))
            return false;
        key = Convert.FromHexString(trimmed);
        return true;
    }

    /// <summary>What two people compare to know that they hold each other's real public key: SHA-256 of the key as 24 words.</summary>
    public static string VerificationId(ReadOnlySpan<byte> publicKey) => FromEntropy(SHA256.HashData(publicKey));

    private static string[] ReadWords()
    {
        using var stream = typeof(Mnemonic).Assembly.GetManifestResourceStream("bip39-english.txt")
            ?? throw new InvalidOperationException("The BIP-39 word list is missing from the assembly.");
        using var reader = new StreamReader(stream);
        var words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2048 ? words : throw new InvalidOperationException("The BIP-39 word list must have 2048 words.");
    }
}
