using System.Security.Cryptography;

namespace Ente.Orleans.Crypto.Tests;

public class SrpTests
{
    public static TheoryData<int> Runs => [0, 1, 2];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Both_sides_give_the_values_of_the_vectors(int index)
    {
        var run = Vectors.Root.GetProperty("srp").GetProperty("runs")[index];
        var salt = run.B64("srpSaltB64");
        var password = run.Hex("passwordHex");
        var verifier = SrpClient.ComputeVerifier(run.Text("srpUserID"), salt, password);
        Assert.Equal(run.B64("verifierB64"), verifier);

        var client = new SrpClient(run.Text("srpUserID"), salt, password, run.Hex("aHex"));
        Assert.Equal(run.B64("AB64"), client.PublicA);
        var challenge = SrpServer.Create(verifier, run.Hex("bHex"));
        Assert.Equal(run.B64("BB64"), challenge.PublicB);
        var m1 = client.ComputeProof(challenge.PublicB);
        Assert.Equal(run.B64("M1B64"), m1);
        var m2 = SrpServer.Verify(challenge.Secret, verifier, client.PublicA, m1);
        Assert.Equal(run.B64("M2B64"), m2);
        Assert.True(client.VerifyServer(m2));
    }

    [Theory]
    [InlineData("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "987c0b5d3fc76b37b654195dbe315ff1dd81ed98ddb4f3007e8b1b1bf15baf4c",
        "eb913f881fb3cbe819e1a4dc689631e65346bfcbdd1f1ad68c19225d2a1eba47")]
    [InlineData("8000000000000000000000000000000000000000000000000000000000000146",
        "54ee33ee9803d9fc3b97f45af84474f9668e29776289b316bbc911cb9924a6b4",
        "6ea9527fe39a9fcf8cd60b1df4ca6e3ef0f9a26219ef7c51a7e65fdc5c478ef8")]
    public void Both_sides_give_the_check_values_of_the_contract(string a, string m1, string m2)
    {
        const string UserId = "11111111-2222-4333-8444-555555555555";
        var password = Range(0x00, 16);
        var salt = Range(0x10, 16);
        var verifier = SrpClient.ComputeVerifier(UserId, salt, password);
        Assert.Equal("71b051e082003b6ad3e3ad124ae207c81852d0a471fdeed15bb1d52066c80aa6", Convert.ToHexStringLower(SHA256.HashData(verifier)));
        var challenge = SrpServer.Create(verifier, Range(0x40, 32));
        Assert.Equal(
            "9306061f1ef02e47cd215785e23c4e5b5c71fc871c391f553164983b6ff3d9e6", Convert.ToHexStringLower(SHA256.HashData(challenge.PublicB)));
        var client = new SrpClient(UserId, salt, password, Convert.FromHexString(a));
        var proof = client.ComputeProof(challenge.PublicB);
        Assert.Equal(m1, Convert.ToHexStringLower(proof));
        var answer = SrpServer.Verify(challenge.Secret, verifier, client.PublicA, proof);
        Assert.Equal(m2, Convert.ToHexStringLower(answer!));
    }

    [Fact]
    public void Values_without_their_leading_zeros_are_padded_before_use()
    {
        var run = Vectors.Root.GetProperty("srp").GetProperty("runs")[1];
        var a = run.B64("AB64");
        Assert.Equal(0, a[0]);
        Assert.Equal(run.B64("M2B64"), SrpServer.Verify(run.Hex("bHex"), run.B64("verifierB64"), a.AsSpan(1), run.B64("M1B64")));
        // With this a the proof itself begins with a zero byte.
        var salt = Range(0x10, 16);
        var password = Range(0x00, 16);
        byte[] secret = [.. Range(0x20, 30), 0x01, 0x11];
        const string UserId = "11111111-2222-4333-8444-555555555555";
        var verifier = SrpClient.ComputeVerifier(UserId, salt, password);
        var challenge = SrpServer.Create(verifier, Range(0x40, 32));
        var client = new SrpClient(UserId, salt, password, secret);
        var m1 = client.ComputeProof(challenge.PublicB);
        Assert.Equal(0, m1[0]);
        Assert.True(client.VerifyServer(SrpServer.Verify(challenge.Secret, verifier, client.PublicA, m1.AsSpan(1))!));
    }

    [Fact]
    public void A_wrong_password_a_wrong_proof_and_impossible_values_are_refused()
    {
        var verifier = SrpClient.ComputeVerifier("id", new byte[16], new byte[16]);
        var challenge = SrpServer.Create(verifier);
        Assert.Equal(512, challenge.PublicB.Length);
        Assert.NotEqual(0, challenge.PublicB[0]);
        Assert.Equal(32, challenge.Secret.Length);

        var wrong = new SrpClient("id", new byte[16], Range(1, 16));
        Assert.Null(SrpServer.Verify(challenge.Secret, verifier, wrong.PublicA, wrong.ComputeProof(challenge.PublicB)));

        var right = new SrpClient("id", new byte[16], new byte[16]);
        var proof = right.ComputeProof(challenge.PublicB);
        var m2 = SrpServer.Verify(challenge.Secret, verifier, right.PublicA, proof);
        Assert.True(right.VerifyServer(m2));
        Assert.False(right.VerifyServer(new byte[32]));
        Assert.False(right.VerifyServer([]));

        var n = Convert.FromHexString(Convert.ToHexString(Srp.Pad(Srp.N)));
        foreach (var a in new[] { [], [0], new byte[512], n, Enumerable.Repeat((byte)255, 512).ToArray(), new byte[513] })
            Assert.Null(SrpServer.Verify(challenge.Secret, verifier, a, proof));
        foreach (var m1 in new[] { [], proof[..31], [.. proof, 0], new byte[32] })
            Assert.Null(SrpServer.Verify(challenge.Secret, verifier, right.PublicA, m1));
        Assert.Throws<ArgumentException>(() => right.ComputeProof(new byte[512]));
        Assert.Throws<ArgumentException>(() => right.ComputeProof(n));
        Assert.Throws<ArgumentException>(() => right.ComputeProof([]));
        Assert.Throws<ArgumentException>(() => SrpServer.Create([]));
        Assert.Throws<ArgumentException>(() => SrpServer.Create(new byte[513]));
        Assert.Throws<ArgumentException>(() => SrpServer.Create(verifier, new byte[31]));
        Assert.Throws<InvalidOperationException>(() => new SrpClient("id", new byte[16], new byte[16]).VerifyServer(new byte[32]));
    }

    [Fact]
    public void The_group_is_the_one_of_the_contract() => Assert.Equal(
        Vectors.Root.GetProperty("srp").Hex("NSha256Hex"), SHA256.HashData(Srp.Pad(Srp.N)));

    private static byte[] Range(int first, int count) => Enumerable.Range(first, count).Select(i => (byte)i).ToArray();
}
