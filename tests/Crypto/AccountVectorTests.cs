using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ente.Orleans.Crypto.Tests;

/// <summary>Walks the key hierarchy of the vectors from the password down to a file's metadata, as a client does.</summary>
public class AccountVectorTests
{
    private static readonly JsonElement Account = Vectors.Root.GetProperty("account");
    private static readonly JsonElement Attributes = Account.GetProperty("keyAttributes");
    private static readonly JsonElement Album = Vectors.Root.GetProperty("album");
    private static readonly JsonElement File = Vectors.Root.GetProperty("file");

    private static readonly byte[] MasterKey = Account.B64("masterKeyB64");
    private static readonly byte[] RecoveryKey = Account.Hex("recoveryKeyHex");
    private static readonly byte[] CollectionKey = Album.B64("collectionKeyB64");
    private static readonly byte[] FileKey = File.B64("fileKeyB64");

    [Fact]
    public void The_password_opens_the_master_key()
    {
        var kek = PasswordHash.Argon2id(
            Account.Text("password"), Attributes.B64("kekSalt"), Attributes.Number("opsLimit"), Attributes.Number("memLimit"));
        Assert.Equal(Vectors.Root.GetProperty("loginSubkey").Hex("kekHex"), kek);
        Assert.Equal(Vectors.Root.GetProperty("loginSubkey").Hex("loginKey16Hex"), KeyDerivation.LoginKey(kek));
        AssertBox(MasterKey, Attributes, "encryptedKey", "keyDecryptionNonce", kek);
    }

    [Fact]
    public void Master_key_recovery_key_and_secret_key_wrap_each_other()
    {
        AssertBox(Account.B64("secretKeyB64"), Attributes, "encryptedSecretKey", "secretKeyDecryptionNonce", MasterKey);
        AssertBox(RecoveryKey, Attributes, "recoveryKeyEncryptedWithMasterKey", "recoveryKeyDecryptionNonce", MasterKey);
        AssertBox(MasterKey, Attributes, "masterKeyEncryptedWithRecoveryKey", "masterKeyDecryptionNonce", RecoveryKey);
    }

    [Fact]
    public void The_album_opens_with_the_master_key()
    {
        AssertBox(CollectionKey, Album, "encryptedKey", "keyDecryptionNonce", MasterKey);
        AssertBox(Album.Utf8("name"), Album, "encryptedName", "nameDecryptionNonce", CollectionKey);
        AssertBlob(Album.GetProperty("magicMetadataPlain"), Album.GetProperty("magicMetadata"), "data", "header", CollectionKey);
    }

    [Fact]
    public void The_file_opens_with_the_album_key()
    {
        AssertBox(FileKey, File, "encryptedKey", "keyDecryptionNonce", CollectionKey);
        AssertBlob(File.GetProperty("metadataPlain"), File.GetProperty("metadata"), "encryptedData", "decryptionHeader", FileKey);
        AssertBlob(File.GetProperty("pubMagicMetadataPlain"), File.GetProperty("pubMagicMetadata"), "data", "header", FileKey);
        AssertBlob(File.GetProperty("magicMetadataPlain"), File.GetProperty("magicMetadata"), "data", "header", FileKey);
    }

    [Fact]
    public void Derived_data_is_gzip_inside_a_blob()
    {
        var data = File.GetProperty("fileData");
        Assert.True(Blob.TryDecrypt(data.B64("encryptedData"), data.B64("decryptionHeader"), FileKey, out var gzip));
        using var unpacked = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(unpacked);
        Assert.True(JsonElement.DeepEquals(File.GetProperty("fileDataPlain"), document.RootElement));
    }

    [Fact]
    public void Comments_and_reactions_are_boxes_under_the_album_key()
    {
        var social = Vectors.Root.GetProperty("social");
        AssertBox(social.Utf8("comment"), social, "commentCipher", "commentNonce", CollectionKey);
        var padded = Encoding.UTF8.GetBytes(social.Text("reaction").PadRight((int)social.Number("reactionPaddedLength"), '\0'));
        AssertBox(padded, social, "reactionCipher", "reactionNonce", CollectionKey);
    }

    [Fact]
    public void Entities_have_a_box_for_their_key_and_a_blob_for_their_data()
    {
        var entity = Vectors.Root.GetProperty("userEntity");
        var entityKey = entity.B64("keyPlainB64");
        AssertBox(entityKey, entity.GetProperty("key"), "encryptedKey", "header", MasterKey);
        AssertBlob(entity.GetProperty("plain"), entity, "encryptedData", "header", entityKey);

        var authenticator = Vectors.Root.GetProperty("authenticator");
        var authenticatorKey = authenticator.B64("keyPlainB64");
        AssertBox(authenticatorKey, authenticator.GetProperty("key"), "encryptedKey", "header", MasterKey);
        Assert.True(Blob.TryDecrypt(authenticator.B64("encryptedData"), authenticator.B64("header"), authenticatorKey, out var plain));
        Assert.Equal(authenticator.Utf8("plaintextBytesUtf8"), plain);
    }

    [Fact]
    public void The_link_password_and_the_link_fragment_are_the_vectors()
    {
        var link = Vectors.Root.GetProperty("publicLink");
        Assert.Equal(
            link.B64("passHash"),
            PasswordHash.Argon2id(link.Text("password"), link.B64("nonce"), link.Number("opsLimit"), link.Number("memLimit")));
        foreach (var (key, text) in new[]
        {
            ("collectionKeyHex", "fragmentBase58"), ("keyWithLeadingZeroBytesHex", "keyWithLeadingZeroBytesBase58"),
        })
        {
            Assert.Equal(link.Text(text), Base58.Encode(link.Hex(key)));
            Assert.True(Base58.TryDecode(link.Text(text), out var decoded));
            Assert.Equal(link.Hex(key), decoded);
        }
    }

    [Fact]
    public void The_recovery_key_is_24_words_and_back()
    {
        var words = Account.Text("recoveryMnemonic");
        Assert.Equal(words, Mnemonic.FromEntropy(RecoveryKey));
        Assert.True(Mnemonic.TryParse(words, out var entropy));
        Assert.Equal(RecoveryKey, entropy);
        Assert.True(Mnemonic.TryParseRecoveryKey("  " + words.Replace(" ", "   ", StringComparison.Ordinal) + " ", out entropy));
        Assert.Equal(RecoveryKey, entropy);
        Assert.True(Mnemonic.TryParseRecoveryKey(Convert.ToHexString(RecoveryKey), out entropy));
        Assert.Equal(RecoveryKey, entropy);

        var verification = Account.GetProperty("verificationId");
        Assert.Equal(verification.Hex("publicKeySha256Hex"), SHA256.HashData(Attributes.B64("publicKey")));
        Assert.Equal(verification.Text("words"), Mnemonic.VerificationId(Attributes.B64("publicKey")));
    }

    [Fact]
    public void A_wrong_word_a_wrong_checksum_and_a_wrong_count_are_refused()
    {
        var words = Account.Text("recoveryMnemonic").Split(' ');
        Assert.False(Mnemonic.TryParse(string.Join(' ', words[..23]), out _));
        Assert.False(Mnemonic.TryParse(string.Join(' ', words) + " zoo", out _));
        Assert.False(Mnemonic.TryParse(string.Join(' ', words[..23]) + " notaword", out _));
        (words[0], words[1]) = (words[1], words[0]);
        Assert.False(Mnemonic.TryParse(string.Join(' ', words), out _));
        Assert.False(Mnemonic.TryParse(null, out _));
        Assert.False(Mnemonic.TryParseRecoveryKey(new string('g', 64), out _));
        Assert.False(Mnemonic.TryParseRecoveryKey(new string('a', 63), out _));
    }

    private static void AssertBox(byte[] plain, JsonElement at, string cipher, string nonce, byte[] key)
    {
        Assert.True(SecretBox.TryDecrypt(at.B64(cipher), at.B64(nonce), key, out var opened));
        Assert.Equal(plain, opened);
        Assert.Equal(at.B64(cipher), SecretBox.Encrypt(plain, at.B64(nonce), key));
    }

    private static void AssertBlob(JsonElement plain, JsonElement at, string cipher, string header, byte[] key)
    {
        Assert.True(Blob.TryDecrypt(at.B64(cipher), at.B64(header), key, out var opened));
        using var document = JsonDocument.Parse(opened);
        Assert.True(JsonElement.DeepEquals(plain, document.RootElement));
        Assert.Equal(at.B64(cipher), Blob.Encrypt(opened, key, at.B64(header)).Cipher);
    }
}
