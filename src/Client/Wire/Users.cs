namespace Ente.Orleans.Client.Wire;

/// <summary>The wrapped keys of an account (01 §B2); base64 strings, <c>MemLimit</c> in bytes.</summary>
public sealed record KeyAttributes
{
    public required string KekSalt { get; init; }
    public required string EncryptedKey { get; init; }
    public required string KeyDecryptionNonce { get; init; }
    public required string PublicKey { get; init; }
    public required string EncryptedSecretKey { get; init; }
    public required string SecretKeyDecryptionNonce { get; init; }
    public required long MemLimit { get; init; }
    public required long OpsLimit { get; init; }
    public string? MasterKeyEncryptedWithRecoveryKey { get; init; }
    public string? MasterKeyDecryptionNonce { get; init; }
    public string? RecoveryKeyEncryptedWithMasterKey { get; init; }
    public string? RecoveryKeyDecryptionNonce { get; init; }
}

/// <summary>What a client needs before it can prove a password (01 §D3).</summary>
public sealed record SrpAttributes
{
    public required string SrpUserID { get; init; }
    public required string SrpSalt { get; init; }
    public required string KekSalt { get; init; }
    public required long MemLimit { get; init; }
    public required long OpsLimit { get; init; }
    public bool IsEmailMFAEnabled { get; init; } = true;
}

public sealed record SrpAttributesAnswer(SrpAttributes Attributes);

public sealed record SrpSession
{
    public string? SessionID { get; init; }
    public string? SetupID { get; init; }
    public required string SrpB { get; init; }
}

public sealed record SrpProofAnswer
{
    public required string SrpM2 { get; init; }
}

/// <summary>The answer to every way of logging in (01 §B1); empty strings stand for "not this way".</summary>
public sealed record AuthorizationAnswer
{
    public required long ID { get; init; }
    public KeyAttributes? KeyAttributes { get; init; }
    public string? EncryptedToken { get; init; }
    public string? Token { get; init; }
    public string? PasskeySessionID { get; init; }
    public string? AccountsUrl { get; init; }
    public string? TwoFactorSessionID { get; init; }
    public string? TwoFactorSessionIDV2 { get; init; }
    public string? SrpM2 { get; init; }
}

/// <summary>One place where the account is logged in (01 §E); times in microseconds.</summary>
public sealed record LoginSession
{
    public required string Token { get; init; }
    public long CreationTime { get; init; }
    public string? Ip { get; init; }
    public string? Ua { get; init; }
    public string? PrettyUA { get; init; }
    public long LastUsedTime { get; init; }

    /// <summary>Never prints the token, which is a password to the account's ciphertext.</summary>
    public override string ToString() => $"LoginSession {PrettyUA} {Ip}";
}

public sealed record LoginSessions(IReadOnlyList<LoginSession> Sessions);

public sealed record PublicKeyAnswer(string PublicKey);

/// <summary>Second-factor set-up (01 §F).</summary>
public sealed record TwoFactorSecret(string SecretCode, string QrCode);

public sealed record TwoFactorStatus(bool Status);

/// <summary>Account details (01 §H); sizes in bytes.</summary>
public sealed record UserDetails
{
    public required string Email { get; init; }
    public long Usage { get; init; }
    public Subscription? Subscription { get; init; }
    public long? FileCount { get; init; }
    public long StorageBonus { get; init; }
}

public sealed record Subscription
{
    public string? ProductID { get; init; }
    public long Storage { get; init; }
    public long ExpiryTime { get; init; }
}
