using System.Text.Json.Serialization;

namespace Ente.Orleans.Domain.Accounts;

public sealed record UserRegistered(long UserId, string EmailHash, string SealedEmail, string? Source, long PlanStorage, long PlanExpiry);

public sealed record KeyAttributesSet(long UserId, KeyAttributes KeyAttributes);

public sealed record RecoveryKeySet(
    long UserId, string MasterKeyEncryptedWithRecoveryKey, string MasterKeyDecryptionNonce,
    string RecoveryKeyEncryptedWithMasterKey, string RecoveryKeyDecryptionNonce);

/// <summary>A password was set up for SRP login, for the first time or anew.</summary>
public sealed record PasswordSet(long UserId, string SrpUserId, string SrpSalt, string SealedSrpVerifier);

/// <summary>The five key fields that change with the password.</summary>
public sealed record PasswordKeysChanged(
    long UserId, string KekSalt, string EncryptedKey, string KeyDecryptionNonce, long MemLimit, long OpsLimit);

/// <summary>A set-up without key attributes was thrown away, so that a broken sign-up may start again (api/01 §D3).</summary>
public sealed record PasswordDiscarded(long UserId);

public sealed record EmailChanged(long UserId, string EmailHash, string SealedEmail);

public sealed record EmailMfaChanged(long UserId, bool IsEnabled);

public sealed record TotpEnabled(long UserId, string SealedSecret, string SecretHash, string RecoverySecret, string RecoveryNonce);

public sealed record TotpDisabled(long UserId);

public sealed record PasskeyRecoveryConfigured(long UserId, string SealedSecret, string Cipher, string Nonce);

/// <summary>A credential was proven and kept. Its name is sealed with the user's key.</summary>
public sealed record PasskeyRegistered(
    long UserId, string PasskeyId, string SealedName, string CredentialId, string PublicKey, IReadOnlyList<string> Transports, string RpId,
    long SignCount);

public sealed record PasskeyRenamed(long UserId, string PasskeyId, string SealedName);

/// <summary>A login was proven with it.</summary>
public sealed record PasskeyUsed(long UserId, string PasskeyId, long SignCount);

public sealed record PasskeysRemoved(long UserId, IReadOnlyList<string> PasskeyIds);

public sealed record SessionStarted(long UserId, string TokenHash, string App);

public sealed record SessionsEnded(long UserId, IReadOnlyList<string> TokenHashes);

/// <summary>An administrator, or a payment, set the plan. Bytes and microseconds.</summary>
public sealed record PlanChanged(
    long UserId, long Storage, long Expiry, string Product, string Provider, string Transaction,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsCancelled = false);

public sealed record BonusGranted(long UserId, string BonusId, string Type, long Storage, long ValidTill);

public sealed record BonusRevoked(long UserId, string BonusId);

public sealed record ReferralCodeCreated(long UserId, string Code);

public sealed record RemoteValueSet(long UserId, string Key, string Value);

public sealed record RemoteValueRemoved(long UserId, string Key);

public sealed record EntityKeySet(long UserId, string Type, string EncryptedKey, string Header);

public sealed record EntityCreated(long UserId, string EntityId, string Type, string EncryptedData, string Header);

public sealed record EntityChanged(long UserId, string EntityId, string EncryptedData, string Header);

public sealed record EntityDeleted(long UserId, string EntityId);

public sealed record ContactCreated(long UserId, string ContactId, long ContactUserId, string EncryptedKey, string EncryptedData);

/// <summary>Other data, perhaps another person; a deleted contact lives again.</summary>
public sealed record ContactChanged(long UserId, string ContactId, long ContactUserId, string EncryptedData);

public sealed record ContactDeleted(long UserId, string ContactId);

/// <summary>The person behind a contact has another e-mail address now.</summary>
public sealed record ContactAddressChanged(long UserId, string ContactId);

/// <summary>The identity is gone at once; the data follow after <paramref name="DataDueAt"/>.</summary>
public sealed record UserDeleted(long UserId, string? Reason, string? Feedback, long DataDueAt);

public sealed record UserRecovered(long UserId, string EmailHash, string SealedEmail);
