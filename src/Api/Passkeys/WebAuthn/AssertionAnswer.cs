using System.Security.Cryptography;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>A browser's answer to request options, decoded. An authenticator need not name the user.</summary>
internal sealed record AssertionAnswer(byte[] CredentialId, byte[] ClientData, byte[] AuthenticatorData, byte[] Signature, byte[] UserHandle)
{
    /// <summary>
    /// WebAuthn Level 2 §7.2 from step 6 on, for a user who is known already; numbers below are its steps. That the credential was asked
    /// for (5) its finder says, what the counter means (21) the account's stream. Extensions (18) were not asked for.
    /// </summary>
    /// <param name="relyingParty">This server, as browsers know it.</param>
    /// <param name="challenge">What was given out.</param>
    /// <param name="publicKey">The stored key of the credential, in COSE form.</param>
    /// <param name="userHandle">The handle of the user who logs in.</param>
    /// <param name="signCount">The authenticator's counter; 0 when something is wrong.</param>
    /// <returns>What is wrong, or null.</returns>
    public CeremonyFault? Verify(
        RelyingParty relyingParty, ReadOnlySpan<byte> challenge, ReadOnlyMemory<byte> publicKey, ReadOnlySpan<byte> userHandle, out long signCount)
    {
        signCount = 0;

        // 6, 7.
        if (UserHandle.Length > 0 && !userHandle.SequenceEqual(UserHandle)) return CeremonyFault.WrongUserHandle;
        if (CredentialPublicKey.Parse(publicKey) is not { } key) return CeremonyFault.UnsupportedKey;

        // 8 to 10.
        if (WebAuthn.ClientData.Parse(ClientData) is not { } client) return CeremonyFault.Unreadable;
        if (WebAuthn.AuthenticatorData.Parse(AuthenticatorData) is not { } authenticator) return CeremonyFault.Unreadable;

        // 11 to 14; 15, 16. User verification (17) is not required.
        if (client.Check(WebAuthn.ClientData.Request, challenge, relyingParty) is { } wrongClient) return wrongClient;
        if (authenticator.Check(relyingParty) is { } wrongAuthenticator) return wrongAuthenticator;

        // 19, 20.
        if (!key.Verifies([.. AuthenticatorData, .. SHA256.HashData(ClientData)], Signature)) return CeremonyFault.WrongSignature;
        signCount = authenticator.SignCount;
        return null;
    }
}
