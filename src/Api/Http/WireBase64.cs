using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Http;

/// <summary>Standard base64 as the contract takes it (api/01 §A2): padded, lines may be wrapped, no blanks.</summary>
internal static class WireBase64
{
    public static bool TryDecode(string? text, out byte[] bytes) =>
        Base64Text.TryDecode(
            text?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), out bytes);

    public static bool HasSize(string? text, int size) => TryDecode(text, out var bytes) && bytes.Length == size;
}
