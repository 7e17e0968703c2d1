using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>What the browser says of a ceremony, signed by the authenticator along with its own data (WebAuthn Level 2 §5.8.1).</summary>
internal sealed record ClientData(string Type, string Challenge, string Origin, bool IsCrossOrigin)
{
    public const string Creation = "webauthn.create";
    public const string Request = "webauthn.get";

    /// <summary>Null when it is not JSON with the members that every browser sends.</summary>
    public static ClientData? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 16 });
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && Text(root, "type") is { } type && Text(root, "challenge") is { } challenge && Text(root, "origin") is { } origin
                ? new ClientData(type, challenge, origin, root.TryGetProperty("crossOrigin", out var cross) && cross.ValueKind == JsonValueKind.True)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no valid UTF-8 or UTF-16.
            return null;
        }
    }

    /// <summary>Steps 7 to 9 of §7.1, 11 to 13 of §7.2.</summary>
    public CeremonyFault? Check(string type, ReadOnlySpan<byte> challenge, RelyingParty relyingParty)
    {
        if (!string.Equals(Type, type, StringComparison.Ordinal)) return CeremonyFault.WrongType;
        var expected = Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(challenge));
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Challenge), expected)) return CeremonyFault.WrongChallenge;
        if (!relyingParty.Origins.Contains(Origin, StringComparer.OrdinalIgnoreCase)) return CeremonyFault.WrongOrigin;
        return IsCrossOrigin ? CeremonyFault.CrossOrigin : null;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
