namespace Ente.Orleans.Storage;

/// <summary>
/// The keys this server gives to objects (contract 03 §4.1): segments of <c>A-Z a-z 0-9 . _ -</c> joined by <c>/</c>.
/// The alphabet is narrow on purpose. Nothing in it needs escaping in a URL, in a file name or in an S3 signature, and
/// without empty, <c>.</c> and <c>..</c> segments no HTTP library folds one key into another.
/// </summary>
public static class ObjectKey
{
    /// <summary>Longest key, in characters. File systems end at 255 bytes for a name.</summary>
    public const int MaxLength = 200;

    /// <summary>Whether <paramref name="key"/> is a key that this server would store.</summary>
    public static bool IsValid(string? key)
    {
        if (string.IsNullOrEmpty(key) || key.Length > MaxLength)
            return false;

        foreach (var segment in key.AsSpan().Split('/'))
        {
            var text = key.AsSpan(segment);
            if (text.IsEmpty || text is "." or ".." || text.ContainsAnyExcept(Alphabet))
                return false;
        }

        return true;
    }

    /// <summary>Throws <see cref="ArgumentException"/> for anything that is no key.</summary>
    internal static string Require(string key) =>
        IsValid(key) ? key : throw new ArgumentException("Not an object key.", nameof(key));

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}
