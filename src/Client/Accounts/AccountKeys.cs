using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>The keys of an account in the clear, and their wrapping (08 §3).</summary>
public sealed record AccountKeys(byte[] MasterKey, byte[] RecoveryKey, KeyPair Pair)
{
    /// <summary>Fresh keys for a new account.</summary>
    public static AccountKeys Generate() => new(Secrets.RandomBytes(32), Secrets.RandomBytes(32), KeyPair.Generate());

    /// <summary>Never prints keys.</summary>
    public override string ToString() => nameof(AccountKeys);

    /// <summary>Wraps everything for upload: the server keeps it and can open none of it.</summary>
    internal KeyAttributes Wrap(DerivedKey keyEncryptionKey)
    {
        var master = Boxed.Create(MasterKey, keyEncryptionKey.Key);
        var secret = Boxed.Create(Pair.SecretKey, MasterKey);
        var masterByRecovery = Boxed.Create(MasterKey, RecoveryKey);
        var recoveryByMaster = Boxed.Create(RecoveryKey, MasterKey);
        return new KeyAttributes
        {
            KekSalt = Convert.ToBase64String(keyEncryptionKey.Salt),
            OpsLimit = keyEncryptionKey.Profile.OpsLimit,
            MemLimit = keyEncryptionKey.Profile.MemLimit,
            EncryptedKey = master.Cipher,
            KeyDecryptionNonce = master.Nonce,
            PublicKey = Convert.ToBase64String(Pair.PublicKey),
            EncryptedSecretKey = secret.Cipher,
            SecretKeyDecryptionNonce = secret.Nonce,
            MasterKeyEncryptedWithRecoveryKey = masterByRecovery.Cipher,
            MasterKeyDecryptionNonce = masterByRecovery.Nonce,
            RecoveryKeyEncryptedWithMasterKey = recoveryByMaster.Cipher,
            RecoveryKeyDecryptionNonce = recoveryByMaster.Nonce,
        };
    }

    /// <summary>Opens master key and key pair with the key made from the password.</summary>
    /// <exception cref="WrongPasswordException">The key is another one.</exception>
    /// <exception cref="UntrustworthyDataException">The secret key does not open, or is not the public key's.</exception>
    internal static (byte[] MasterKey, KeyPair Pair) Unlock(KeyAttributes attributes, byte[] keyEncryptionKey)
    {
        if (!Boxed.TryOpen(attributes.EncryptedKey, attributes.KeyDecryptionNonce, keyEncryptionKey, out var masterKey))
            throw new WrongPasswordException();
        if (masterKey.Length != SecretBox.KeySize
            || !Boxed.TryOpen(attributes.EncryptedSecretKey, attributes.SecretKeyDecryptionNonce, masterKey, out var secretKey)
            || secretKey.Length != KeyPair.KeySize)
            throw new UntrustworthyDataException("The account's key pair cannot be opened with its master key.");
        var pair = KeyPair.FromSecretKey(secretKey);
        // A server that swapped the public key would make others seal albums to a key of its own.
        if (!string.Equals(Convert.ToBase64String(pair.PublicKey), attributes.PublicKey, StringComparison.Ordinal))
            throw new UntrustworthyDataException("The account's public key is not the one of its secret key.");
        return (masterKey, pair);
    }
}

/// <summary>A secret box as it stands in JSON: two base64 strings.</summary>
internal sealed record Boxed(string Cipher, string Nonce)
{
    public static Boxed Create(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> key)
    {
        var nonce = Secrets.RandomBytes(SecretBox.NonceSize);
        return new Boxed(Convert.ToBase64String(SecretBox.Encrypt(plain, nonce, key)), Convert.ToBase64String(nonce));
    }

    public static bool TryOpen(string? cipher, string? nonce, ReadOnlySpan<byte> key, out byte[] plain)
    {
        plain = [];
        return Base64Text.TryDecode(cipher, out var cipherBytes)
            && Base64Text.TryDecode(nonce, out var nonceBytes)
            && SecretBox.TryDecrypt(cipherBytes, nonceBytes, key, out plain);
    }
}
