using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Domain.Accounts;

/// <summary>Rows of accounts, passkeys, sessions, bonuses, remote values and entities, from the events of user streams.</summary>
internal static class AccountProjection
{
    public static void Apply(Snapshot s, object @event, long t)
    {
        switch (@event)
        {
            case UserRegistered e:
                s.Accounts.Put(new Account
                {
                    Id = e.UserId,
                    EmailHash = e.EmailHash,
                    SealedEmail = e.SealedEmail,
                    Source = e.Source,
                    CreatedAt = t,
                    PlanStorage = e.PlanStorage,
                    PlanExpiry = e.PlanExpiry,
                });
                break;
            case KeyAttributesSet e:
                s.Accounts.Change(e.UserId, a => a with { KeyAttributes = e.KeyAttributes });
                break;
            case RecoveryKeySet e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    KeyAttributes = a.KeyAttributes! with
                    {
                        MasterKeyEncryptedWithRecoveryKey = e.MasterKeyEncryptedWithRecoveryKey,
                        MasterKeyDecryptionNonce = e.MasterKeyDecryptionNonce,
                        RecoveryKeyEncryptedWithMasterKey = e.RecoveryKeyEncryptedWithMasterKey,
                        RecoveryKeyDecryptionNonce = e.RecoveryKeyDecryptionNonce,
                    },
                });
                break;
            case PasswordSet e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    SrpUserId = e.SrpUserId,
                    SrpSalt = e.SrpSalt,
                    SealedSrpVerifier = e.SealedSrpVerifier,
                });
                break;
            case PasswordKeysChanged e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    KeyAttributes = a.KeyAttributes! with
                    {
                        KekSalt = e.KekSalt,
                        EncryptedKey = e.EncryptedKey,
                        KeyDecryptionNonce = e.KeyDecryptionNonce,
                        MemLimit = e.MemLimit,
                        OpsLimit = e.OpsLimit,
                    },
                });
                break;
            case PasswordDiscarded e:
                s.Accounts.Change(e.UserId, a => a with { SrpUserId = null, SrpSalt = null, SealedSrpVerifier = null });
                break;
            case EmailChanged e:
                s.Accounts.Change(e.UserId, a => a with { EmailHash = e.EmailHash, SealedEmail = e.SealedEmail });
                break;
            case EmailMfaChanged e:
                s.Accounts.Change(e.UserId, a => a with { IsEmailMfaEnabled = e.IsEnabled });
                break;
            case TotpEnabled e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    IsTotpEnabled = true,
                    SealedTotpSecret = e.SealedSecret,
                    TotpSecretHash = e.SecretHash,
                    TotpRecoverySecret = e.RecoverySecret,
                    TotpRecoveryNonce = e.RecoveryNonce,
                });
                break;
            case TotpDisabled e:
                s.Accounts.Change(e.UserId, a => a with { IsTotpEnabled = false });
                break;
            case PasskeyRecoveryConfigured e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    SealedPasskeyRecoverySecret = e.SealedSecret,
                    PasskeyRecoveryCipher = e.Cipher,
                    PasskeyRecoveryNonce = e.Nonce,
                });
                break;
            case PasskeyRegistered e:
                s.Passkeys.Put(new Passkey
                {
                    Id = e.PasskeyId,
                    UserId = e.UserId,
                    SealedName = e.SealedName,
                    CredentialId = e.CredentialId,
                    PublicKey = e.PublicKey,
                    Transports = e.Transports,
                    RpId = e.RpId,
                    SignCount = e.SignCount,
                    CreatedAt = t,
                });
                break;
            case PasskeyRenamed e:
                s.Passkeys.Change(e.PasskeyId, p => p with { SealedName = e.SealedName });
                break;
            case PasskeyUsed e:
                s.Passkeys.Change(e.PasskeyId, p => p with { SignCount = e.SignCount });
                break;
            case PasskeysRemoved e:
                foreach (var id in e.PasskeyIds) s.Passkeys.Change(id, p => p with { IsDeleted = true });
                break;
            case SessionStarted e:
                s.Sessions.Put(new UserSession { TokenHash = e.TokenHash, UserId = e.UserId, App = e.App, CreatedAt = t });
                break;
            case SessionsEnded e:
                foreach (var hash in e.TokenHashes) s.Sessions.Change(hash, x => x with { IsDeleted = true });
                break;
            case PlanChanged e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    PlanStorage = e.Storage,
                    PlanExpiry = e.Expiry,
                    PlanProduct = e.Product,
                    PlanProvider = e.Provider,
                    PlanTransaction = e.Transaction,
                    IsPlanCancelled = e.IsCancelled,
                });
                break;
            case BonusGranted e:
                s.Bonuses.Put(new StorageBonus
                {
                    UserId = e.UserId,
                    BonusId = e.BonusId,
                    Type = e.Type,
                    Storage = e.Storage,
                    CreatedAt = t,
                    ValidTill = e.ValidTill,
                });
                break;
            case BonusRevoked e:
                s.Bonuses.Change((e.UserId, e.BonusId), b => b with { IsRevoked = true });
                break;
            case ReferralCodeCreated e:
                s.Accounts.Change(e.UserId, a => a with { ReferralCode = e.Code });
                break;
            case RemoteValueSet e:
                s.RemoteValues.Put(new RemoteValue { UserId = e.UserId, Key = e.Key, Value = e.Value });
                break;
            case RemoteValueRemoved e:
                s.RemoteValues.Put(new RemoteValue { UserId = e.UserId, Key = e.Key, Value = null });
                break;
            case EntityKeySet e:
                s.EntityKeys.Put(new EntityKey
                {
                    UserId = e.UserId,
                    Type = e.Type,
                    EncryptedKey = e.EncryptedKey,
                    Header = e.Header,
                    CreatedAt = t,
                });
                break;
            case EntityCreated e:
                s.Entities.Put(new UserEntity
                {
                    Id = e.EntityId,
                    UserId = e.UserId,
                    Type = e.Type,
                    EncryptedData = e.EncryptedData,
                    Header = e.Header,
                    CreatedAt = t,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case EntityChanged e:
                s.Entities.Change(e.EntityId, x => x with
                {
                    EncryptedData = e.EncryptedData,
                    Header = e.Header,
                    IsDeleted = false,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case EntityDeleted e:
                s.Entities.Change(e.EntityId, x => x with
                {
                    EncryptedData = null,
                    Header = null,
                    IsDeleted = true,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case ContactCreated e:
                s.Contacts.Put(new Contact
                {
                    Id = e.ContactId,
                    UserId = e.UserId,
                    ContactUserId = e.ContactUserId,
                    EncryptedKey = e.EncryptedKey,
                    EncryptedData = e.EncryptedData,
                    CreatedAt = t,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case ContactChanged e:
                s.Contacts.Change(e.ContactId, x => x with
                {
                    ContactUserId = e.ContactUserId,
                    EncryptedData = e.EncryptedData,
                    IsDeleted = false,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case ContactDeleted e:
                s.Contacts.Change(e.ContactId, x => x with
                {
                    EncryptedData = null,
                    IsDeleted = true,
                    UpdatedAt = EntityClock.Next(s, e.UserId, t),
                });
                break;
            case ContactAddressChanged e:
                s.Contacts.Change(e.ContactId, x => x with { UpdatedAt = EntityClock.Next(s, e.UserId, t) });
                break;
            case UserDeleted e:
                s.Accounts.Change(e.UserId, a => a with { EmailHash = null, SealedEmail = null, IsDeleted = true, DeletedAt = t });
                break;
            case UserRecovered e:
                s.Accounts.Change(e.UserId, a => a with
                {
                    EmailHash = e.EmailHash,
                    SealedEmail = e.SealedEmail,
                    IsDeleted = false,
                    DeletedAt = null,
                });
                break;
            default:
                FamilyProjection.Apply(s, @event, t);
                break;
        }
    }

    public static void Needs(object @event, Needs n)
    {
        switch (@event)
        {
            case PasskeyRenamed e:
                n.Passkeys.Add(e.PasskeyId);
                break;
            case PasskeyUsed e:
                n.Passkeys.Add(e.PasskeyId);
                break;
            case PasskeysRemoved e:
                n.Passkeys.UnionWith(e.PasskeyIds);
                break;
            case SessionsEnded e:
                n.Sessions.UnionWith(e.TokenHashes);
                break;
            case BonusRevoked e:
                n.BonusesOf.Add(e.UserId);
                break;
            case EntityChanged e:
                n.Entities.Add(e.EntityId);
                break;
            case EntityDeleted e:
                n.Entities.Add(e.EntityId);
                break;
            case ContactChanged e:
                n.Contacts.Add(e.ContactId);
                break;
            case ContactDeleted e:
                n.Contacts.Add(e.ContactId);
                break;
            case ContactAddressChanged e:
                n.Contacts.Add(e.ContactId);
                break;
            default:
                FamilyProjection.Needs(@event, n);
                break;
        }
    }
}
