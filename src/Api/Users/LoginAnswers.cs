using System.Text.Json.Serialization;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>The answers to a proven identity (api/01 §B1): a second factor's session, a plain or a sealed token.</summary>
internal sealed class LoginAnswers(
    ApiOptions options, AccountQueries accounts, Tokens tokens, SecondFactors factors, PersonalData personal, Notices notices, Clock clock)
{
    public async Task<IResult> AnswerAsync(Account account, ClientInfo client, string? srpM2, CancellationToken cancellation)
    {
        var hasPasskeys = await accounts.CountPasskeysAsync(account.Id, cancellation) > 0;
        var totp = account.IsTotpEnabled ? await factors.StartAsync(SecondFactors.Totp, account.Id, clock.Now, cancellation) : "";
        if (hasPasskeys)
        {
            // Clients from before there were passkeys know TwoFactorSessionID only: without it they use the passkey.
            return Answers.Ok(new Authorization(account.Id)
            {
                PasskeySessionID = await factors.StartAsync(SecondFactors.Passkey, account.Id, clock.Now, cancellation),
                AccountsUrl = options.Apps.Accounts,
                TwoFactorSessionIDV2 = totp,
                SrpM2 = srpM2,
            });
        }

        if (account.IsTotpEnabled) return Answers.Ok(new Authorization(account.Id) { TwoFactorSessionID = totp, SrpM2 = srpM2 });

        if (account.KeyAttributes is null)
        {
            var token = await tokens.IssueAsync(account.Id, client, cancellation);
            return token.Refusal is { } no ? Answers.Of(no) : Answers.Ok(new Authorization(account.Id) { Token = token.Value, SrpM2 = srpM2 });
        }

        var (sealedToken, refusal) = await IssueSealedAsync(account, client, cancellation);
        return refusal ?? Answers.Ok(new Authorization(account.Id)
        {
            KeyAttributes = KeyAttributesBody.Of(account.KeyAttributes),
            EncryptedToken = sealedToken,
            SrpM2 = srpM2,
        });
    }

    /// <summary>After a second factor.</summary>
    public async Task<IResult> AnswerSecondFactorAsync(Account account, ClientInfo client, CancellationToken cancellation)
    {
        var (authorization, refusal) = await AuthorizeAsync(account, client, cancellation);
        return refusal ?? Answers.Ok(authorization!);
    }

    /// <summary>After a second factor, for an answer that is kept too: one of the two.</summary>
    public async Task<(TwoFactorAuthorization? Authorization, IResult? Refusal)> AuthorizeAsync(
        Account account, ClientInfo client, CancellationToken cancellation)
    {
        if (account.KeyAttributes is null) return (null, Answers.NotFound);
        var (sealedToken, refusal) = await IssueSealedAsync(account, client, cancellation);
        return refusal is null
            ? (new TwoFactorAuthorization(account.Id, KeyAttributesBody.Of(account.KeyAttributes), sealedToken!), null)
            : (null, refusal);
    }

    private async Task<(string? Token, IResult? Refusal)> IssueSealedAsync(Account account, ClientInfo client, CancellationToken cancellation)
    {
        // Not checked when it was uploaded; a token that can not be sealed must not be issued.
        if (!WireBase64.TryDecode(account.KeyAttributes!.PublicKey, out var publicKey) || publicKey.Length != KeyPair.KeySize)
            return (null, Answers.Bad("the account's public key is not valid"));
        var token = await tokens.IssueAsync(account.Id, client, cancellation);
        if (token.Refusal is { } no) return (null, Answers.Of(no));
        if (!account.IsEmailMfaEnabled)
        {
            notices.Send("a new login", async () =>
                await personal.OpenAsync(account.Id, account.SealedEmail, CancellationToken.None) is { } email ? Mails.NewLogin(email) : null);
        }


        Base64Text.TryDecodeUrl(token.Value, out var raw);
        return (Convert.ToBase64String(SealedBox.Seal(raw, publicKey)), null);
    }

    private sealed record Authorization(long Id)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public KeyAttributesBody? KeyAttributes { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? EncryptedToken { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Token { get; init; }

        public string PasskeySessionID { get; init; } = "";

        public string AccountsUrl { get; init; } = "";

        public string TwoFactorSessionID { get; init; } = "";

        public string TwoFactorSessionIDV2 { get; init; } = "";

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? SrpM2 { get; init; }
    }

}

/// <summary>What a second factor gives (api/01 §B1).</summary>
internal sealed record TwoFactorAuthorization(long Id, KeyAttributesBody KeyAttributes, string EncryptedToken);

/// <summary>Key attributes on the wire: all fields always present (api/01 §B2).</summary>
internal sealed record KeyAttributesBody(
    string? KekSalt, string? KekHash, string? EncryptedKey, string? KeyDecryptionNonce, string? PublicKey, string? EncryptedSecretKey,
    string? SecretKeyDecryptionNonce, long? MemLimit, long? OpsLimit, string? MasterKeyEncryptedWithRecoveryKey,
    string? MasterKeyDecryptionNonce, string? RecoveryKeyEncryptedWithMasterKey, string? RecoveryKeyDecryptionNonce)
{
    public static KeyAttributesBody Of(KeyAttributes k) => new(
        k.KekSalt, k.KekHash, k.EncryptedKey, k.KeyDecryptionNonce, k.PublicKey, k.EncryptedSecretKey, k.SecretKeyDecryptionNonce,
        k.MemLimit, k.OpsLimit, k.MasterKeyEncryptedWithRecoveryKey, k.MasterKeyDecryptionNonce, k.RecoveryKeyEncryptedWithMasterKey,
        k.RecoveryKeyDecryptionNonce);

    /// <summary>Null when a required field is missing.</summary>
    public KeyAttributes? ToDomain() =>
        Required.All(KekSalt, EncryptedKey, KeyDecryptionNonce, PublicKey, EncryptedSecretKey, SecretKeyDecryptionNonce)
        && Required.All(MemLimit, OpsLimit)
            ? new KeyAttributes(
                KekSalt!, KekHash ?? "", EncryptedKey!, KeyDecryptionNonce!, PublicKey!, EncryptedSecretKey!, SecretKeyDecryptionNonce!,
                MemLimit!.Value, OpsLimit!.Value, MasterKeyEncryptedWithRecoveryKey ?? "", MasterKeyDecryptionNonce ?? "",
                RecoveryKeyEncryptedWithMasterKey ?? "", RecoveryKeyDecryptionNonce ?? "")
            : null;
}
