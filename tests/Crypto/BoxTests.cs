using System.Text;

namespace Ente.Orleans.Crypto.Tests;

public class BoxTests
{
    [Fact]
    public void A_secret_box_is_byte_for_byte_the_vector()
    {
        var vector = Vectors.Root.GetProperty("secretbox");
        var cipher = SecretBox.Encrypt(vector.Utf8("plaintextUtf8"), vector.B64("nonce"), vector.Hex("keyHex"));
        Assert.Equal(vector.B64("encryptedData"), cipher);
        Assert.True(SecretBox.TryDecrypt(cipher, vector.B64("nonce"), vector.Hex("keyHex"), out var plain));
        Assert.Equal(vector.Utf8("plaintextUtf8"), plain);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(100_000)]
    public void Seal_and_open_round_trip_and_never_repeat_a_nonce(int length)
    {
        var key = Secrets.RandomBytes(32);
        var plain = Secrets.RandomBytes(length);
        var first = SecretBox.Seal(plain, key);
        var second = SecretBox.Seal(plain, key);
        Assert.Equal(length + 40, first.Length);
        Assert.NotEqual(first, second);
        Assert.True(SecretBox.TryOpen(first, key, out var opened));
        Assert.Equal(plain, opened);
    }

    [Fact]
    public void Every_altered_bit_and_every_wrong_length_is_refused()
    {
        var key = Secrets.RandomBytes(32);
        var nonce = Secrets.RandomBytes(24);
        var cipher = SecretBox.Encrypt("text"u8, nonce, key);
        for (var bit = 0; bit < cipher.Length * 8; bit++)
        {
            var altered = (byte[])cipher.Clone();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SecretBox.TryDecrypt(altered, nonce, key, out var none));
            Assert.Empty(none);
        }
        for (var length = 0; length < cipher.Length; length++)
            Assert.False(SecretBox.TryDecrypt(cipher.AsSpan(0, length), nonce, key, out _));
        Assert.False(SecretBox.TryDecrypt(cipher, nonce.AsSpan(1), key, out _));
        Assert.False(SecretBox.TryDecrypt(cipher, nonce, key.AsSpan(1), out _));
        Assert.False(SecretBox.TryOpen(new byte[39], key, out _));
        Assert.False(SecretBox.TryOpen([], key, out _));
        Assert.Throws<ArgumentException>(() => SecretBox.Encrypt("text"u8, nonce, new byte[31]));
        Assert.Throws<ArgumentException>(() => SecretBox.Encrypt("text"u8, new byte[25], key));
    }

    [Fact]
    public void Sealed_boxes_of_the_vectors_open_and_the_key_pair_is_derived()
    {
        var account = Vectors.Root.GetProperty("account");
        var pair = KeyPair.FromSecretKey(account.B64("secretKeyB64"));
        Assert.Equal(account.GetProperty("keyAttributes").B64("publicKey"), pair.PublicKey);

        var token = account.GetProperty("token");
        Assert.True(SealedBox.TryOpen(token.B64("encryptedToken"), pair.PublicKey, pair.SecretKey, out var opened));
        Assert.Equal(token.Hex("plainBytesHex"), opened);
        Assert.Equal(token.Text("headerValue"), Base64Text.EncodeUrl(opened));

        var challenge = account.GetProperty("deleteChallenge");
        Assert.True(SealedBox.TryOpen(challenge.B64("encryptedChallenge"), pair.PublicKey, pair.SecretKey, out var text));
        Assert.Equal(challenge.Text("challenge"), Encoding.UTF8.GetString(text));

        var album = Vectors.Root.GetProperty("album");
        Assert.True(SealedBox.TryOpen(album.B64("encryptedKeyForSharee"), pair.PublicKey, pair.SecretKey, out var key));
        Assert.Equal(album.B64("collectionKeyB64"), key);
    }

    [Fact]
    public void Sealing_goes_to_one_pair_only_and_refuses_what_is_no_key()
    {
        var pair = KeyPair.Generate();
        var other = KeyPair.Generate();
        foreach (var length in new[] { 0, 1, 80, 5000 })
        {
            var plain = Secrets.RandomBytes(length);
            var cipher = SealedBox.Seal(plain, pair.PublicKey);
            Assert.Equal(length + 48, cipher.Length);
            Assert.True(SealedBox.TryOpen(cipher, pair.PublicKey, pair.SecretKey, out var opened));
            Assert.Equal(plain, opened);
            Assert.False(SealedBox.TryOpen(cipher, other.PublicKey, other.SecretKey, out _));
            Assert.False(SealedBox.TryOpen(cipher.AsSpan(0, cipher.Length - 1), pair.PublicKey, pair.SecretKey, out _));
        }
        Assert.False(SealedBox.TryOpen(new byte[47], pair.PublicKey, pair.SecretKey, out _));
        Assert.False(SealedBox.TryOpen(new byte[80], pair.PublicKey.AsSpan(1), pair.SecretKey, out _));
        Assert.Throws<ArgumentException>(() => SealedBox.Seal("x"u8, new byte[31]));
        Assert.Throws<ArgumentException>(() => SealedBox.Seal("x"u8, new byte[32]));
        Assert.DoesNotContain(Convert.ToBase64String(pair.SecretKey), pair.ToString(), StringComparison.Ordinal);
    }
}
