using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain;

/// <summary>
/// The stored name of every event. An alias is for ever: classes may be renamed, aliases never
/// (tests/Domain holds a stored example of each).
/// </summary>
public static class EventAliases
{
    public static readonly IReadOnlyList<(string Alias, Type Type)> All =
    [
        ("user_registered", typeof(UserRegistered)),
        ("key_attributes_set", typeof(KeyAttributesSet)),
        ("recovery_key_set", typeof(RecoveryKeySet)),
        ("password_set", typeof(PasswordSet)),
        ("password_keys_changed", typeof(PasswordKeysChanged)),
        ("password_discarded", typeof(PasswordDiscarded)),
        ("email_changed", typeof(EmailChanged)),
        ("email_mfa_changed", typeof(EmailMfaChanged)),
        ("totp_enabled", typeof(TotpEnabled)),
        ("totp_disabled", typeof(TotpDisabled)),
        ("passkey_recovery_configured", typeof(PasskeyRecoveryConfigured)),
        ("passkey_registered", typeof(PasskeyRegistered)),
        ("passkey_renamed", typeof(PasskeyRenamed)),
        ("passkey_used", typeof(PasskeyUsed)),
        ("passkeys_removed", typeof(PasskeysRemoved)),
        ("session_started", typeof(SessionStarted)),
        ("sessions_ended", typeof(SessionsEnded)),
        ("plan_changed", typeof(PlanChanged)),
        ("bonus_granted", typeof(BonusGranted)),
        ("bonus_revoked", typeof(BonusRevoked)),
        ("referral_code_created", typeof(ReferralCodeCreated)),
        ("remote_value_set", typeof(RemoteValueSet)),
        ("remote_value_removed", typeof(RemoteValueRemoved)),
        ("entity_key_set", typeof(EntityKeySet)),
        ("entity_created", typeof(EntityCreated)),
        ("entity_changed", typeof(EntityChanged)),
        ("entity_deleted", typeof(EntityDeleted)),
        ("user_deleted", typeof(UserDeleted)),
        ("user_recovered", typeof(UserRecovered)),
        ("collection_created", typeof(CollectionCreated)),
        ("collection_renamed", typeof(CollectionRenamed)),
        ("collection_magic_metadata_changed", typeof(CollectionMagicMetadataChanged)),
        ("collection_public_magic_metadata_changed", typeof(CollectionPublicMagicMetadataChanged)),
        ("sharee_magic_metadata_changed", typeof(ShareeMagicMetadataChanged)),
        ("collection_shared", typeof(CollectionShared)),
        ("collection_unshared", typeof(CollectionUnshared)),
        ("files_added", typeof(FilesAdded)),
        ("files_removed", typeof(FilesRemoved)),
        ("files_marked_for_removal", typeof(FilesMarkedForRemoval)),
        ("deletion_suggested", typeof(DeletionSuggested)),
        ("deletion_suggestions_rejected", typeof(DeletionSuggestionsRejected)),
        ("files_refreshed", typeof(FilesRefreshed)),
        ("link_created", typeof(LinkCreated)),
        ("link_changed", typeof(LinkChanged)),
        ("link_disabled", typeof(LinkDisabled)),
        ("collection_deleted", typeof(CollectionDeleted)),
        ("collection_emptied", typeof(CollectionEmptied)),
        ("file_created", typeof(FileCreated)),
        ("file_content_replaced", typeof(FileContentReplaced)),
        ("file_thumbnail_replaced", typeof(FileThumbnailReplaced)),
        ("file_magic_metadata_changed", typeof(FileMagicMetadataChanged)),
        ("file_public_magic_metadata_changed", typeof(FilePublicMagicMetadataChanged)),
        ("file_trashed", typeof(FileTrashed)),
        ("file_restored", typeof(FileRestored)),
        ("file_deleted", typeof(FileDeleted)),
        ("file_scrubbed", typeof(FileScrubbed)),
        ("file_data_put", typeof(FileDataPut)),
        ("object_stored", typeof(ObjectStored)),
        ("file_data_purged", typeof(FileDataPurged)),
        ("object_released", typeof(ObjectReleased)),
        ("object_deleted", typeof(ObjectDeleted)),
    ];
}
