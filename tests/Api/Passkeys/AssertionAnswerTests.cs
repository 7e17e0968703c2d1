using System.Buffers.Text;
using System.Security.Cryptography;
using Ente.Orleans.Api.Passkeys;
using Ente.Orleans.Api.Passkeys.WebAuthn;
using Xunit;
using static Ente.Orleans.Api.Tests.Passkeys.SoftwareAuthenticator;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>WebAuthn Level 2 §7.2: what a login must prove, and every way in which it does not.</summary>
public sealed class AssertionAnswerTests
{
    private const string Site = "https://accounts.example.org";
    private static readonly RelyingParty Party = new("example.org", [Site, "https://other.example.org:8443", "android:apk-key-hash:AbC"]);
    private static readonly byte[] Challenge = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] User = PasskeyVerification.UserHandle(1580559962386438);
    private static readonly TestKey Key = TestKey.Of(-7);

    public static TheoryData<long> Algorithms => RegistrationAnswerTests.Algorithms;

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_signature_of_every_offered_algorithm_is_taken_and_no_altered_one(long algorithm)
    {
        var key = TestKey.Of(algorithm);
        var answer = Answer(new SoftwareAuthenticator(key, Site) { Counter = 42 });
        Assert.Null(answer.Verify(Party, Challenge, key.Cose, User, out var count));
        Assert.Equal(42, count);
        for (var bit = 0; bit < answer.Signature.Length * 8; bit += 7)
            Assert.NotNull(Verify(answer with { Signature = Flipped(answer.Signature, bit) }, key));
        Assert.Equal(CeremonyFault.WrongSignature, Verify(answer with { Signature = [] }, key));
        Assert.Equal(CeremonyFault.WrongSignature, Verify(answer with { Signature = answer.Signature[..^1] }, key));
        Assert.Equal(CeremonyFault.WrongSignature, Verify(answer with { Signature = [.. answer.Signature, 0] }, key));
        Assert.Equal(CeremonyFault.WrongSignature, Verify(answer, TestKey.Of(algorithm)));
    }

    [Fact]
    public void A_signature_by_Ed25519_is_taken()
    {
        // Made with another implementation (OpenSSL's) over these very bytes.
        var key = TestKey.EdwardsCose(6, Convert.FromHexString("94fe05dd94226e2b6ccc3b170c3d897f071ff587a7cd906e053c2754256fc6d1"));
        var party = RelyingParty.At(Site);
        byte[] challenge = [.. Enumerable.Repeat((byte)7, 32)];
        var answer = new AssertionAnswer(
            [1],
            Base64Url.DecodeFromChars(
                "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3YyIsIm9yaWdpbiI6Imh0dHBzOi8v"
                + "YWNjb3VudHMuZXhhbXBsZS5vcmciLCJjcm9zc09yaWdpbiI6ZmFsc2V9"),
            Convert.FromHexString("2fcc3fac903273aae6ca3613b7fcd54ed66b2274c4eb0eef35d50193f4089e7c050000002a"),
            Convert.FromHexString(
                "af7190c4b6985b951411e3102a8c00d202e3f0910ba4f0d773a29e48727f164c9b4415893f038400b4998ddb622eaa022614c8f7d4e2bba8a56315619dcab806"),
            []);
        Assert.Null(answer.Verify(party, challenge, key, User, out var count));
        Assert.Equal(42, count);
        for (var bit = 0; bit < 512; bit++)
        {
            Assert.Equal(
                CeremonyFault.WrongSignature,
                (answer with { Signature = Flipped(answer.Signature, bit) }).Verify(party, challenge, key, User, out _));
        }

        var raised = answer.AuthenticatorData.ToArray();
        raised[^1]++;
        Assert.Equal(CeremonyFault.WrongSignature, (answer with { AuthenticatorData = raised }).Verify(party, challenge, key, User, out _));
    }

    public static TheoryData<string, Lies> WrongAnswers => new()
    {
        { nameof(CeremonyFault.WrongType), new Lies { Type = "webauthn.create" } },
        { nameof(CeremonyFault.WrongChallenge), new Lies { Challenge = Base64Url.EncodeToString(new byte[32]) } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://evil.example" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://other.example.org" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://example.org" } },
        { nameof(CeremonyFault.CrossOrigin), new Lies { CrossOrigin = true } },
        { nameof(CeremonyFault.WrongRelyingParty), new Lies { RpId = "accounts.example.org" } },
        { nameof(CeremonyFault.UserNotPresent), new Lies { Flags = Verified } },
        { nameof(CeremonyFault.WrongUserHandle), new Lies { UserHandle = PasskeyVerification.UserHandle(1580559962386439) } },
        { nameof(CeremonyFault.WrongUserHandle), new Lies { UserHandle = [1] } },
        { nameof(CeremonyFault.Unreadable), new Lies { Tail = [0] } },
        { nameof(CeremonyFault.Unreadable), new Lies { Flags = Present | HasCredential } },
    };

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public void A_wrong_answer_is_refused_for_what_is_wrong_with_it(string fault, Lies lies) =>
        Assert.Equal(fault, Verify(Answer(new SoftwareAuthenticator(Key, Site), lies), Key).ToString());

    [Theory]
    [InlineData(Site)]
    [InlineData("https://other.example.org:8443")]
    [InlineData("HTTPS://ACCOUNTS.EXAMPLE.ORG")]
    [InlineData("android:apk-key-hash:AbC")]
    public void Every_configured_origin_is_taken_in_any_case(string origin) =>
        Assert.Null(Verify(Answer(new SoftwareAuthenticator(Key, origin)), Key));

    [Theory]
    [InlineData(Present)]
    [InlineData(Present | Verified)]
    [InlineData(Present | Verified | 0x08 | 0x10)]
    public void Verification_and_backup_are_no_condition(byte flags) =>
        Assert.Null(Verify(Answer(new SoftwareAuthenticator(Key, Site), new Lies { Flags = flags }), Key));

    [Fact]
    public void A_handle_may_be_missing_or_right()
    {
        var authenticator = new SoftwareAuthenticator(Key, Site);
        Assert.Null(Verify(Answer(authenticator, new Lies { UserHandle = User }), Key));
        Assert.Null(Verify(Answer(authenticator, new Lies { UserHandle = [] }), Key));
        Assert.Equal([0, 5, 0x9d, 0x82, 0xb2, 0xf8, 0xc1, 0x86], PasskeyVerification.UserHandle(0x00059d82b2f8c186));
    }

    [Fact]
    public void No_signed_bit_can_be_altered()
    {
        var answer = Answer(new SoftwareAuthenticator(Key, Site));
        for (var bit = 0; bit < answer.AuthenticatorData.Length * 8; bit++)
            Assert.NotNull(Verify(answer with { AuthenticatorData = Flipped(answer.AuthenticatorData, bit) }, Key));
        for (var bit = 0; bit < answer.ClientData.Length * 8; bit++)
            Assert.NotNull(Verify(answer with { ClientData = Flipped(answer.ClientData, bit) }, Key));
        for (var length = 0; length < answer.AuthenticatorData.Length; length++)
            Assert.Equal(CeremonyFault.Unreadable, Verify(answer with { AuthenticatorData = answer.AuthenticatorData[..length] }, Key));
    }

    [Fact]
    public void A_stored_key_that_cannot_be_read_lets_nobody_in() =>
        Assert.Equal(
            CeremonyFault.UnsupportedKey, Answer(new SoftwareAuthenticator(Key, Site)).Verify(Party, Challenge, new byte[] { 0xa0 }, User, out _));

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        var copy = bytes.ToArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return copy;
    }

    private static AssertionAnswer Answer(SoftwareAuthenticator authenticator, Lies? lies = null) =>
        authenticator.Get(Party.Id, Base64Url.EncodeToString(Challenge), lies).Decode()!;

    private static CeremonyFault? Verify(AssertionAnswer answer, TestKey key) => answer.Verify(Party, Challenge, key.Cose, User, out _);
}
