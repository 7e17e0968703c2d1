using System.Security.Cryptography;
using System.Text.Json;

namespace Ente.Orleans.Crypto.Tests;

public class SecretStreamTests
{
    public static TheoryData<int> Streams => [0, 1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_is_byte_for_byte_the_vector(int index)
    {
        var vector = Vectors.Root.GetProperty("streams")[index];
        var plain = Plain(vector);
        Assert.Equal(vector.Hex("plaintextSha256"), SHA256.HashData(plain));
        var cipher = await Encrypt(plain, vector.Hex("keyHex"), vector.B64("headerB64"));
        Assert.Equal(vector.Number("ciphertextLength"), cipher.Length);
        Assert.Equal(vector.Number("ciphertextLength"), SecretStream.EncryptedLength(plain.Length));
        Assert.Equal(plain.Length, SecretStream.PlainLength(cipher.Length));
        Assert.Equal(vector.Hex("ciphertextSha256"), SHA256.HashData(cipher));
        Assert.Equal(vector.B64("ciphertextContentMd5"), MD5.HashData(cipher));
        var opened = new MemoryStream();
        Assert.True(await SecretStream.TryDecryptAsync(new Trickle(cipher), opened, vector.Hex("keyHex"), vector.Hex("headerHex")));
        Assert.Equal(plain, opened.ToArray());
    }

    [Fact]
    public async Task A_stream_that_is_cut_reordered_altered_or_continued_is_refused()
    {
        var key = Secrets.RandomBytes(32);
        var header = Secrets.RandomBytes(24);
        var plain = Vectors.Rule(SecretStream.ChunkSize * 2 + 100);
        var cipher = await Encrypt(plain, key, header);

        const int Chunk = SecretStream.EncryptedChunkSize;
        Assert.True(await Opens(cipher));
        foreach (var length in new[] { 0, 1, 16, 17, Chunk - 1, Chunk, Chunk + 5, Chunk * 2, cipher.Length - 1 })
            Assert.False(await Opens(cipher[..length]), $"cut at {length}");
        Assert.False(await Opens([.. cipher[Chunk..(Chunk * 2)], .. cipher[..Chunk], .. cipher[(Chunk * 2)..]]), "reordered");
        Assert.False(await Opens([.. cipher[..Chunk], .. cipher[(Chunk * 2)..]]), "a chunk left out");
        Assert.False(await Opens([.. cipher, 0]), "one byte more");
        foreach (var at in new[] { 0, 17, Chunk - 1, Chunk, cipher.Length - 1 })
        {
            var altered = (byte[])cipher.Clone();
            altered[at] ^= 1;
            Assert.False(await Opens(altered), $"altered at {at}");
        }
        Assert.False(await SecretStream.TryDecryptAsync(new MemoryStream(cipher), Stream.Null, key, new byte[23]));
        Assert.False(await SecretStream.TryDecryptAsync(new MemoryStream(cipher), Stream.Null, new byte[31], header));
        Assert.False(await SecretStream.TryDecryptAsync(new MemoryStream(cipher), Stream.Null, Secrets.RandomBytes(32), header));

        Task<bool> Opens(byte[] bytes) => SecretStream.TryDecryptAsync(new MemoryStream(bytes), Stream.Null, key, header);
    }

    [Fact]
    public async Task Continuation_after_a_full_final_chunk_is_refused()
    {
        var key = Secrets.RandomBytes(32);
        var header = Secrets.RandomBytes(24);
        var cipher = await Encrypt(Vectors.Rule(SecretStream.ChunkSize), key, header);
        Assert.Equal(SecretStream.EncryptedChunkSize, cipher.Length);
        Assert.True(await SecretStream.TryDecryptAsync(new MemoryStream(cipher), Stream.Null, key, header));
        Assert.False(await SecretStream.TryDecryptAsync(new MemoryStream([.. cipher, 1, 2, 3]), Stream.Null, key, header));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(SecretStream.EncryptedChunkSize + 16)]
    public void No_plain_length_belongs_to_an_impossible_cipher_length(long length) => Assert.Null(SecretStream.PlainLength(length));

    [Fact]
    public void A_blob_must_be_final_unless_the_caller_allows_otherwise()
    {
        var key = Secrets.RandomBytes(32);
        var encryptor = new SecretStreamEncryptor(key);
        var cipher = new byte[4 + SecretStream.Overhead];
        encryptor.Push("text"u8, cipher, SecretStreamTag.Message);
        Assert.False(Blob.TryDecrypt(cipher, encryptor.Header, key, out var none));
        Assert.Empty(none);
        Assert.True(Blob.TryDecrypt(cipher, encryptor.Header, key, out var plain, acceptMessageTag: true));
        Assert.Equal("text"u8.ToArray(), plain);

        encryptor = new SecretStreamEncryptor(key);
        encryptor.Push("text"u8, cipher, SecretStreamTag.Rekey);
        Assert.False(Blob.TryDecrypt(cipher, encryptor.Header, key, out _, acceptMessageTag: true));
    }

    [Fact]
    public void Blobs_refuse_wrong_lengths_and_round_trip_at_every_small_length()
    {
        var key = Secrets.RandomBytes(32);
        for (var length = 0; length < 130; length++)
        {
            var plain = Vectors.Rule(length);
            var blob = Blob.Encrypt(plain, key);
            Assert.Equal(length + 17, blob.Cipher.Length);
            Assert.True(Blob.TryDecrypt(blob.Cipher, blob.Header, key, out var opened));
            Assert.Equal(plain, opened);
            Assert.False(Blob.TryDecrypt(blob.Cipher.AsSpan(1), blob.Header, key, out _));
            Assert.False(Blob.TryDecrypt(blob.Cipher, blob.Header.AsSpan(1), key, out _));
            Assert.False(Blob.TryDecrypt(blob.Cipher, blob.Header, key.AsSpan(1), out _));
        }
        Assert.False(Blob.TryDecrypt([], new byte[24], key, out _));
        Assert.Throws<ArgumentException>(() => Blob.Encrypt("x"u8, new byte[16]));
        Assert.Throws<ArgumentException>(() => new SecretStreamEncryptor(key, new byte[25]));
        Assert.Throws<ArgumentException>(() => new SecretStreamDecryptor(new byte[33], new byte[24]));
    }

    [Fact]
    public void Nothing_can_be_written_after_the_end_or_into_too_little_room()
    {
        var encryptor = new SecretStreamEncryptor(Secrets.RandomBytes(32));
        Assert.Throws<ArgumentException>(() => encryptor.Push("text"u8, new byte[20], SecretStreamTag.Final));
        encryptor.Push("text"u8, new byte[21], SecretStreamTag.Final);
        Assert.Throws<InvalidOperationException>(() => encryptor.Push("text"u8, new byte[21], SecretStreamTag.Final));
        Assert.Throws<ArgumentException>(() =>
            new SecretStreamDecryptor(new byte[32], new byte[24]).TryPull(new byte[21], new byte[3], out _));
    }

    private static byte[] Plain(JsonElement vector) =>
        vector.TryGetProperty("plaintextHex", out _) ? vector.Hex("plaintextHex") : Vectors.Rule(vector.Number("plaintextLength"));

    private static async Task<byte[]> Encrypt(byte[] plain, byte[] key, byte[] header)
    {
        var cipher = new MemoryStream();
        var written = await SecretStream.EncryptAsync(new Trickle(plain), cipher, new SecretStreamEncryptor(key, header));
        Assert.Equal(cipher.Length, written);
        return cipher.ToArray();
    }

    /// <summary>A stream that gives less than it is asked for, as networks do.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 65_521)], cancellationToken);
    }
}
