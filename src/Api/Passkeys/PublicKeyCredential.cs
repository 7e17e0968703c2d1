using Ente.Orleans.Api.Passkeys.WebAuthn;

namespace Ente.Orleans.Api.Passkeys;

/// <summary>A browser's credential as the accounts app sends it: binary fields in URL-safe base64 (api/01 §G).</summary>
internal sealed record PublicKeyCredential<TResponse>(string? Id, string? RawId, string? Type, TResponse? Response)
    where TResponse : class;

internal sealed record AttestationResponse(string? AttestationObject, string? ClientDataJSON, IReadOnlyList<string?>? Transports);

internal sealed record AssertionResponse(string? AuthenticatorData, string? ClientDataJSON, string? Signature, string? UserHandle);

/// <summary>Turns what was sent into bytes; null where a field is missing, too long or no base64, or the two forms of the id differ.</summary>
internal static class CredentialDecoding
{
    /// <summary>Far more than any authenticator sends; certificates of attestations are the longest.</summary>
    private const int MaxSize = 64 * 1024;
    private const int MaxTransports = 16;
    private const int MaxTransportLength = 32;

    public static RegistrationAnswer? Decode(this PublicKeyCredential<AttestationResponse> credential) =>
        credential.Response is { } r && TryReadId(credential, out var id)
        && TryRead(r.AttestationObject, out var attestation) && TryRead(r.ClientDataJSON, out var client)
            ? new RegistrationAnswer(id, client, attestation)
            : null;

    public static AssertionAnswer? Decode(this PublicKeyCredential<AssertionResponse> credential) =>
        credential.Response is { } r && TryReadId(credential, out var id)
        && TryRead(r.AuthenticatorData, out var authenticator) && TryRead(r.ClientDataJSON, out var client) && TryRead(r.Signature, out var signature)
        && TryReadOptional(r.UserHandle, out var user)
            ? new AssertionAnswer(id, client, authenticator, signature, user)
            : null;

    /// <summary>Kept in the browser's words, also those that no standard has yet (WebAuthn Level 2 §5.8.4); nonsense is left out.</summary>
    public static IReadOnlyList<string> KnownTransports(this AttestationResponse response) =>
    [
        .. (response.Transports ?? []).OfType<string>().Where(t => t.Length is > 0 and <= MaxTransportLength).Distinct(StringComparer.Ordinal)
            .Take(MaxTransports),
    ];

    private static bool TryReadId<TResponse>(PublicKeyCredential<TResponse> credential, out byte[] id)
        where TResponse : class =>
        WireBase64.TryDecodeRawUrl(credential.Id, out id) && credential.Type == "public-key"
        && TryRead(credential.RawId, out var raw) && raw.AsSpan().SequenceEqual(id);

    private static bool TryReadOptional(string? text, out byte[] bytes)
    {
        bytes = [];
        return string.IsNullOrEmpty(text) || TryRead(text, out bytes);
    }

    private static bool TryRead(string? text, out byte[] bytes) => WireBase64.TryDecodeRawUrl(text?.TrimEnd('='), out bytes) && bytes.Length <= MaxSize;
}
