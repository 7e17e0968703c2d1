using System.Text.Json;

namespace Ente.Orleans.Crypto.Tests;

public class HashTests
{
    public static TheoryData<int> FastProfiles => [0, 1, 2, 3, 5];

    [Fact]
    public void The_keyed_hash_has_the_check_value_of_the_contract()
    {
        var key = Enumerable.Range(0, 64).Select(i => (byte)i).ToArray();
        Assert.Equal("zClY89J+ktz0ZlOzc6rn7nR922xK+aEL3NqoxL21BBk=", Convert.ToBase64String(KeyedHash.Compute("user@example.org"u8, key)));
        Assert.Throws<ArgumentException>(() => KeyedHash.Compute("x"u8, new byte[15]));
        Assert.Throws<ArgumentException>(() => KeyedHash.Compute("x"u8, new byte[65]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_file_hash_is_the_vector_however_it_is_fed(int index)
    {
        var vector = Vectors.Root.GetProperty("hashes")[index];
        var content = string.Equals(vector.Text("name"), "abc", StringComparison.Ordinal) ? "abc"u8.ToArray() : Vectors.Rule(vector.Number("length"));
        var expected = vector.Text("hashB64");
        Assert.Equal(expected, Convert.ToBase64String(GenericHash.Compute(content)));
        Assert.Equal(expected, Convert.ToBase64String(await GenericHash.ComputeAsync(new MemoryStream(content))));
        using var hash = new GenericHash();
        foreach (var piece in content.Chunk(999_983))
            hash.Append(piece);
        Assert.Equal(expected, Convert.ToBase64String(hash.Finish()));
        Assert.Throws<InvalidOperationException>(() => hash.Append(content));
        Assert.Throws<InvalidOperationException>(() => hash.Finish());
    }

    [Fact]
    public void A_disposed_hash_refuses_instead_of_touching_freed_memory()
    {
        var hash = new GenericHash();
        hash.Dispose();
        Assert.Throws<ObjectDisposedException>(() => hash.Append("x"u8));
        Assert.Throws<ObjectDisposedException>(() => hash.Finish());
    }

    [Fact]
    public void A_live_photo_has_the_hashes_of_both_parts()
    {
        var vector = Vectors.Root.GetProperty("livePhotoHash");
        var image = Convert.ToBase64String(GenericHash.Compute(vector.Utf8("imageUtf8")));
        var video = Convert.ToBase64String(GenericHash.Compute(vector.Utf8("videoUtf8")));
        Assert.Equal(vector.Text("hash"), $"{image}:{video}");
    }

    [Theory]
    [MemberData(nameof(FastProfiles))]
    public void Argon2id_is_the_vector(int index)
    {
        JsonElement vector = Vectors.Root.GetProperty("argon2id")[index];
        var key = PasswordHash.Argon2id(vector.Text("password"), vector.B64("saltB64"), vector.Number("opsLimit"), vector.Number("memLimit"));
        Assert.Equal(vector.Hex("keyHex"), key);
        Assert.Equal(vector.B64("keyB64"), key);
    }

    [Fact]
    public void Argon2id_refuses_what_it_cannot_do()
    {
        var salt = new byte[16];
        Assert.Throws<ArgumentException>(() => PasswordHash.Argon2id("x", new byte[15], 2, 8192));
        Assert.ThrowsAny<ArgumentException>(() => PasswordHash.Argon2id("x", salt, 0, 8192));
        Assert.ThrowsAny<ArgumentException>(() => PasswordHash.Argon2id("x", salt, 1L << 32, 8192));
        Assert.ThrowsAny<ArgumentException>(() => PasswordHash.Argon2id("x", salt, 1, 8191));
        Assert.ThrowsAny<ArgumentException>(() => PasswordHash.Argon2id("x", salt, 1, long.MaxValue));
        Assert.ThrowsAny<ArgumentException>(() => PasswordHash.Argon2id("x", salt, 1, 8192, 15));
        Assert.Throws<PasswordHashMemoryException>(() => PasswordHash.Argon2id("x", salt, 1, 4398046510080));
    }

    [Fact]
    public void A_sub_key_is_the_vector_and_differs_by_id_and_context()
    {
        var vector = Vectors.Root.GetProperty("loginSubkey");
        var kek = vector.Hex("kekHex");
        Assert.Equal(vector.Hex("subkey32Hex"), KeyDerivation.Derive(kek, 32, (ulong)vector.Number("subkeyId"), vector.Text("context")));
        Assert.NotEqual(KeyDerivation.Derive(kek, 32, 1, "loginctx"), KeyDerivation.Derive(kek, 32, 2, "loginctx"));
        Assert.NotEqual(KeyDerivation.Derive(kek, 32, 1, "loginctx"), KeyDerivation.Derive(kek, 32, 1, "otherctx"));
        Assert.ThrowsAny<ArgumentException>(() => KeyDerivation.Derive(kek, 15, 1, "loginctx"));
        Assert.ThrowsAny<ArgumentException>(() => KeyDerivation.Derive(kek, 65, 1, "loginctx"));
        Assert.Throws<ArgumentException>(() => KeyDerivation.Derive(kek, 32, 1, "short"));
        Assert.Throws<ArgumentException>(() => KeyDerivation.Derive(kek, 32, 1, "lögin678"));
        Assert.Throws<ArgumentException>(() => KeyDerivation.Derive(kek.AsSpan(1), 32, 1, "loginctx"));
    }
}
