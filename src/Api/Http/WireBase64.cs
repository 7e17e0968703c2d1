using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Http;

/// <summary>Standard base64 as the contract takes it (api/01 §A2): padded, lines may be wrapped, no blanks.</summary>
internal static class WireBase64
{
    public static bool TryDecode(string? text, out byte[] bytes) =>
        Base64Text.TryDecode(
            text?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), out bytes);

    /// <summary>URL-safe base64 without padding, not empty: the fields of WebAuthn (api/01 §A2).</summary>
    public static bool TryDecodeRawUrl(string? text, out byte[] bytes)
    {
        bytes = [];
        if (string.IsNullOrEmpty(text) || text.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) || text.Length % 4 == 1) return false;
        bytes = System.Buffers.Text.Base64Url.DecodeFromChars(text);
        return true;
    }

    public static bool HasSize(string? text, int size) => TryDecode(text, out var bytes) && bytes.Length == size;
}
