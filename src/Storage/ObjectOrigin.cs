namespace Ente.Orleans.Storage;

/// <summary>
/// Scheme and authority under which a client reaches this server, such as <c>https://photos.example.org:8443</c>: no
/// path, no user, no trailing slash. Capability URLs begin with it.
/// </summary>
public sealed record ObjectOrigin
{
    private ObjectOrigin(string value) => Value = value;

    /// <summary>The origin as text, in lower case, without the scheme's default port.</summary>
    public string Value { get; }

    /// <summary>Reads an origin of scheme http or https; null when <paramref name="text"/> is anything else or more than that.</summary>
    public static ObjectOrigin? TryParse(string? text)
    {
        // Checked before Uri sees it: Uri forgives spaces, back-slashes and control characters that a Host header may carry.
        if (string.IsNullOrEmpty(text) || text.AsSpan().ContainsAnyExcept(Allowed))
            return null;

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return null;

        var afterScheme = text.AsSpan(uri.Scheme.Length + "://".Length);
        if (afterScheme.EndsWith('/'))
            afterScheme = afterScheme[..^1];

        return uri.Host.Length > 0 && uri.UserInfo.Length == 0 && !afterScheme.Contains('/')
            ? new ObjectOrigin(uri.GetLeftPart(UriPartial.Authority).ToLowerInvariant())
            : null;
    }

    /// <summary>Reads an origin that an operator has configured.</summary>
    /// <exception cref="FormatException">The text is no origin.</exception>
    public static ObjectOrigin Parse(string text) =>
        TryParse(text) ?? throw new FormatException($"'{text}' is not an origin such as https://photos.example.org");

    public override string ToString() => Value;

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/[]");
}
