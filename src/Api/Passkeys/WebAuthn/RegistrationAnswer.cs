using System.Security.Cryptography;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>A credential that was proven to be made for this relying party, by a present user, in answer to the challenge.</summary>
internal sealed record NewCredential(ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> PublicKey, long SignCount);

/// <summary>A browser's answer to registration options, decoded.</summary>
internal sealed record RegistrationAnswer(byte[] CredentialId, byte[] ClientData, byte[] AttestationObject)
{
    /// <summary>
    /// WebAuthn Level 2 §7.1 from step 5 on; numbers below are its steps. That the credential is new (22) is for the account's stream to
    /// say. Extensions (17) were not asked for.
    /// </summary>
    /// <param name="relyingParty">This server, as browsers know it.</param>
    /// <param name="challenge">What was given out.</param>
    /// <param name="credential">What was proven; null when something is wrong.</param>
    /// <returns>What is wrong, or null.</returns>
    public CeremonyFault? Verify(RelyingParty relyingParty, ReadOnlySpan<byte> challenge, out NewCredential? credential)
    {
        credential = null;

        // 5, 6; 12.
        if (WebAuthn.ClientData.Parse(ClientData) is not { } client) return CeremonyFault.Unreadable;
        if (WebAuthn.AttestationObject.Parse(AttestationObject) is not { } attestation) return CeremonyFault.Unreadable;
        if (AuthenticatorData.Parse(attestation.AuthenticatorData) is not { } authenticator) return CeremonyFault.Unreadable;

        // 7 to 10; 13, 14. User verification (15) is not required.
        if (client.Check(WebAuthn.ClientData.Creation, challenge, relyingParty) is { } wrongClient) return wrongClient;
        if (authenticator.Check(relyingParty) is { } wrongAuthenticator) return wrongAuthenticator;
        if (authenticator.Credential is not { } made || !made.Id.Span.SequenceEqual(CredentialId)) return CeremonyFault.CredentialMismatch;

        // 16; 11, 18 to 21.
        if (CredentialPublicKey.Parse(made.PublicKey) is not { } publicKey) return CeremonyFault.UnsupportedKey;
        if (attestation.Check(publicKey, SHA256.HashData(ClientData)) is { } wrongAttestation) return wrongAttestation;
        credential = new NewCredential(made.Id, made.PublicKey, authenticator.SignCount);
        return null;
    }
}
