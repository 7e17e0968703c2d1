namespace Ente.Orleans.Crypto;

/// <summary>Base58 with the Bitcoin alphabet: the collection key in the fragment of a public link (08 §1, §10.1).</summary>
public static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    // The work grows with the square of the length; link fragments have 44 characters.
    private const int MaximumLength = 1024;

    /// <exception cref="ArgumentException">More than 1024 bytes.</exception>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaximumLength)
            throw new ArgumentException($"At most {MaximumLength} bytes.", nameof(bytes));
        var zeros = bytes.IndexOfAnyExcept((byte)0) is var first && first < 0 ? bytes.Length : first;
        Span<byte> digits = new byte[bytes.Length * 138 / 100 + 1];
        var used = 0;
        foreach (var value in bytes[zeros..])
        {
            int carry = value;
            for (var i = 0; i < used || carry > 0; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
                used = Math.Max(used, i + 1);
            }
        }
        var text = new char[zeros + used];
        text.AsSpan(0, zeros).Fill('1');
        for (var i = 0; i < used; i++)
            text[zeros + i] = Alphabet[digits[used - 1 - i]];
        return new string(text);
    }

    /// <summary>False when a character is outside of the alphabet or the text is longer than 1024 characters.</summary>
    public static bool TryDecode(string? text, out byte[] bytes)
    {
        bytes = [];
        if (text is null || text.Length > MaximumLength)
            return false;
        var zeros = text.AsSpan().IndexOfAnyExcept('1') is var first && first < 0 ? text.Length : first;
        var decoded = new byte[text.Length];
        var used = 0;
        foreach (var character in text.AsSpan(zeros))
        {
            var carry = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (carry < 0)
                return false;
            for (var i = 0; i < used || carry > 0; i++)
            {
                carry += decoded[i] * 58;
                decoded[i] = (byte)carry;
                carry >>= 8;
                used = Math.Max(used, i + 1);
            }
        }
        bytes = new byte[zeros + used];
        for (var i = 0; i < used; i++)
            bytes[zeros + i] = decoded[used - 1 - i];
        return true;
    }
}
