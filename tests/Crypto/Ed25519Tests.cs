namespace Ente.Orleans.Crypto.Tests;

public class Ed25519Tests
{
    // RFC 8032 §7.1, tests 1 and 2.
    [Theory]
    [InlineData(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void Signatures_of_the_standard_are_taken_and_no_others(string publicKey, string message, string signature)
    {
        var (key, text, good) = (Convert.FromHexString(publicKey), Convert.FromHexString(message), Convert.FromHexString(signature));
        Assert.True(Ed25519.Verify(good, text, key));
        Assert.False(Ed25519.Verify(good, [.. text, 0], key));
        Assert.False(Ed25519.Verify(good.AsSpan(0, 63), text, key));
        Assert.False(Ed25519.Verify([.. good, 0], text, key));
        for (var bit = 0; bit < 512; bit++)
        {
            var altered = good.ToArray();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519.Verify(altered, text, key));
        }
    }

    [Fact]
    public void A_key_of_small_order_signs_nothing() => Assert.False(Ed25519.Verify(new byte[64], "anything"u8, new byte[32]));

    [Fact]
    public void A_key_of_another_size_is_a_mistake() => Assert.Throws<ArgumentException>(() => Ed25519.Verify(new byte[64], [], new byte[31]));
}
