namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>Why an authenticator's answer is not taken. Clients are told none of it; the log is.</summary>
internal enum CeremonyFault
{
    /// <summary>Not in the form of WebAuthn: base64, JSON, CBOR or authenticator data.</summary>
    Unreadable,

    /// <summary>The client data are of another ceremony.</summary>
    WrongType,
    WrongChallenge,

    /// <summary>The page is at none of the configured origins.</summary>
    WrongOrigin,

    /// <summary>The page was in a frame of another site.</summary>
    CrossOrigin,

    /// <summary>Made for another relying party.</summary>
    WrongRelyingParty,
    UserNotPresent,

    /// <summary>A registration without a credential, or with another one than it names.</summary>
    CredentialMismatch,

    /// <summary>A kind of public key that was not offered, or a key that is none.</summary>
    UnsupportedKey,
    WrongAttestation,

    /// <summary>A credential that was not asked for.</summary>
    UnknownCredential,
    WrongUserHandle,
    WrongSignature,
}
