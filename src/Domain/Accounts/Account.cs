namespace Ente.Orleans.Domain.Accounts;

/// <summary>
/// A user (api/01 §B3). E-mail address, SRP verifier and TOTP secret are sealed with a key of that
/// user, which dies with the account; the address is found by its keyed hash.
/// </summary>
public sealed record Account
{
    public long Id { get; init; }

    /// <summary>Null once the account is deleted.</summary>
    public string? EmailHash { get; init; }
    public string? SealedEmail { get; init; }
    public string? Source { get; init; }
    public long CreatedAt { get; init; }
    public bool IsDeleted { get; init; }
    public long? DeletedAt { get; init; }

    /// <summary>Every login needs a mailed code; SRP is refused.</summary>
    public bool IsEmailMfaEnabled { get; init; }
    public KeyAttributes? KeyAttributes { get; init; }
    public string? SrpUserId { get; init; }
    public string? SrpSalt { get; init; }
    public string? SealedSrpVerifier { get; init; }
    public bool IsTotpEnabled { get; init; }
    public string? SealedTotpSecret { get; init; }
    public string? TotpSecretHash { get; init; }

    /// <summary>The TOTP secret boxed with the recovery key, for its removal without the second factor.</summary>
    public string? TotpRecoverySecret { get; init; }
    public string? TotpRecoveryNonce { get; init; }
    public string? SealedPasskeyRecoverySecret { get; init; }
    public string? PasskeyRecoveryCipher { get; init; }
    public string? PasskeyRecoveryNonce { get; init; }

    /// <summary>Plan storage in bytes.</summary>
    public long PlanStorage { get; init; }
    public string PlanProduct { get; init; } = FreePlan.Product;
    public string PlanProvider { get; init; } = "";
    public string PlanTransaction { get; init; } = FreePlan.Transaction;
    public long PlanExpiry { get; init; }

    /// <summary>The store was told not to renew the plan; it runs to its end.</summary>
    public bool IsPlanCancelled { get; init; }

    /// <summary>Admin of the family the user is in, the own id for an admin; null: in none.</summary>
    public long? FamilyAdminId { get; init; }
    public string? ReferralCode { get; init; }

    /// <summary>The last time given to an entity or contact; see <see cref="EntityClock"/>.</summary>
    public long EntityTime { get; init; }
    public long Version { get; init; }

    public bool HasSrp => SrpUserId is not null;
}

/// <summary>The plan every account starts with (api/01 §H).</summary>
public static class FreePlan
{
    public const string Product = "free";
    public const string Transaction = "none";
    public const long DefaultStorage = 10L * 1024 * 1024 * 1024;
    public const long Lifetime = 100L * 365 * Micros.Day;
}

/// <summary>How long a plan lasts beyond its expiry (api/01 §H).</summary>
public static class Grace
{
    public static long Of(string provider) => provider switch
    {
        "stripe" => 14 * Micros.Day,
        "appstore" or "playstore" or "paypal" => 5 * Micros.Day,
        _ => 0,
    };
}

/// <summary>Key material of an account, wrapped by the client (api/01 §B2). Opaque but for the public key.</summary>
public sealed record KeyAttributes(
    string KekSalt, string KekHash, string EncryptedKey, string KeyDecryptionNonce, string PublicKey,
    string EncryptedSecretKey, string SecretKeyDecryptionNonce, long MemLimit, long OpsLimit,
    string MasterKeyEncryptedWithRecoveryKey, string MasterKeyDecryptionNonce,
    string RecoveryKeyEncryptedWithMasterKey, string RecoveryKeyDecryptionNonce)
{
    /// <summary>Strength that the server insists on: 4 GiB × operations, at least 128 MiB (api/01 §B2).</summary>
    public static Refusal? CheckStrength(long memLimit, long opsLimit)
    {
        const long strength = 4L * 1024 * 1024 * 1024;
        if (memLimit <= 0 || opsLimit <= 0 || strength % memLimit != 0 || strength / memLimit != opsLimit)
            return Refusal.Bad("Unexpected KDF strength");
        return memLimit < 128L * 1024 * 1024 ? Refusal.Bad("memory limit must be at least 128MB") : null;
    }
}

/// <summary>A login of one app on one device. The token itself is known to the client only.</summary>
public sealed record UserSession
{
    /// <summary>SHA-256 of the token's text, base64.</summary>
    public string TokenHash { get; init; } = "";
    public long UserId { get; init; }
    public string App { get; init; } = Apps.Photos;
    public long CreatedAt { get; init; }
    public bool IsDeleted { get; init; }
}

/// <summary>Extra storage, bytes; <see cref="ValidTill"/> 0 = for ever (api/01 §H).</summary>
public sealed record StorageBonus
{
    public long UserId { get; init; }
    public string BonusId { get; init; } = "";
    public string Type { get; init; } = "";
    public long Storage { get; init; }
    public long CreatedAt { get; init; }
    public long ValidTill { get; init; }
    public bool IsRevoked { get; init; }

    public bool IsAddOn => Type.StartsWith("ADD_ON_", StringComparison.Ordinal);

    public bool IsActive(long now) => !IsRevoked && (ValidTill == 0 || ValidTill > now);
}

/// <summary>One value of a user's key-value store on the server (api/05, remote store); null once removed.</summary>
public sealed record RemoteValue
{
    /// <summary>Key of the domain at which the user's public links answer (api/05 §6).</summary>
    public const string CustomDomain = "customDomain";

    public long UserId { get; init; }
    public string Key { get; init; } = "";
    public string? Value { get; init; }
}

/// <summary>The key of a user's entities of one type, boxed with the master key (api/05).</summary>
public sealed record EntityKey
{
    public long UserId { get; init; }
    public string Type { get; init; } = "";
    public string EncryptedKey { get; init; } = "";
    public string Header { get; init; } = "";
    public long CreatedAt { get; init; }
}

/// <summary>A small encrypted record of a user, synced by type (api/05). Data and header go when it is deleted.</summary>
public sealed record UserEntity
{
    public string Id { get; init; } = "";
    public long UserId { get; init; }
    public string Type { get; init; } = "";
    public string? EncryptedData { get; init; }
    public string? Header { get; init; }
    public bool IsDeleted { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}
