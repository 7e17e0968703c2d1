using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using Ente.Orleans.Api.Passkeys;
using Ente.Orleans.Api.Passkeys.WebAuthn;
using Xunit;
using static Ente.Orleans.Api.Tests.Passkeys.SoftwareAuthenticator;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>WebAuthn Level 2 §7.1: what a new credential must prove, and every way in which it does not.</summary>
public sealed class RegistrationAnswerTests
{
    private const string Site = "https://accounts.example.org";
    private static readonly RelyingParty Party = RelyingParty.At(Site);
    private static readonly byte[] Challenge = RandomNumberGenerator.GetBytes(32);
    private static readonly TestKey Key = TestKey.Of(-7);

    public static TheoryData<long> Algorithms => [-7, -35, -36, -257, -258, -259, -37, -38, -39];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Every_offered_algorithm_is_taken(long algorithm)
    {
        var authenticator = new SoftwareAuthenticator(TestKey.Of(algorithm), Site) { Counter = 7 };
        foreach (var format in new[] { "none", "packed" })
        {
            Assert.Null(Fault(authenticator, new Lies { Format = format }, out var made));
            Assert.Equal(authenticator.CredentialId, made!.Id);
            Assert.Equal(7, made.SignCount);
            Assert.Equal(algorithm, CredentialPublicKey.Parse(made.PublicKey)!.Algorithm);
        }
    }

    [Fact]
    public void What_is_offered_can_be_read_and_nothing_else_is_offered() =>
        Assert.Equal(((IEnumerable<object[]>)Algorithms).Select(row => (long)row[0]).Append(-8).Order(), CredentialPublicKey.Offered.Order());

    public static TheoryData<string, Lies> WrongAnswers => new()
    {
        { nameof(CeremonyFault.WrongType), new Lies { Type = "webauthn.get" } },
        { nameof(CeremonyFault.WrongChallenge), new Lies { Challenge = Base64Url.EncodeToString(new byte[32]) } },
        { nameof(CeremonyFault.WrongChallenge), new Lies { Challenge = Base64Url.EncodeToString(Challenge) + "=" } },
        { nameof(CeremonyFault.WrongChallenge), new Lies { Challenge = "" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://evil.example" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "http://accounts.example.org" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://accounts.example.org:8443" } },
        { nameof(CeremonyFault.WrongOrigin), new Lies { Origin = "https://accounts.example.org.evil.example" } },
        { nameof(CeremonyFault.CrossOrigin), new Lies { CrossOrigin = true } },
        { nameof(CeremonyFault.WrongRelyingParty), new Lies { RpId = "example.org" } },
        { nameof(CeremonyFault.UserNotPresent), new Lies { Flags = Verified | HasCredential } },
        { nameof(CeremonyFault.CredentialMismatch), new Lies { Flags = Present | Verified } },
        { nameof(CeremonyFault.CredentialMismatch), new Lies { CredentialId = [1, 2, 3] } },
        { nameof(CeremonyFault.Unreadable), new Lies { CredentialId = [] } },
        { nameof(CeremonyFault.Unreadable), new Lies { CredentialId = new byte[1024] } },
        { nameof(CeremonyFault.Unreadable), new Lies { Tail = [0xa0] } },
        { nameof(CeremonyFault.Unreadable), new Lies { Flags = Present | HasCredential | HasExtensions } },
        { nameof(CeremonyFault.Unreadable), new Lies { Flags = Present | HasCredential | HasExtensions, Tail = [0x01] } },
        { nameof(CeremonyFault.Unreadable), new Lies { Flags = Present | HasCredential | HasExtensions, Tail = [0xa0, 0x00] } },
        { nameof(CeremonyFault.WrongAttestation), new Lies { Statement = [0xa1, 0x61, 0x78, 0x01] } },
        { nameof(CeremonyFault.WrongAttestation), new Lies { Format = "packed", Statement = [0xa0] } },
        { nameof(CeremonyFault.WrongAttestation), new Lies { Format = "packed", Statement = SelfStatement(-7, Key.Sign([1])) } },
        { nameof(CeremonyFault.WrongAttestation), new Lies { Format = "packed", Statement = SelfStatement(-7, [1, 2, 3]) } },
        { nameof(CeremonyFault.WrongAttestation), new Lies { Format = "packed", Statement = SelfStatement(-257, Key.Sign([1])) } },
    };

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public void A_wrong_answer_is_refused_for_what_is_wrong_with_it(string fault, Lies lies)
    {
        Assert.Equal(fault, Fault(new SoftwareAuthenticator(Key, Site), lies, out var made).ToString());
        Assert.Null(made);
    }

    [Fact]
    public void A_user_who_is_present_need_not_be_verified_and_extensions_are_passed_over()
    {
        var authenticator = new SoftwareAuthenticator(Key, Site);
        Assert.Null(Fault(authenticator, new Lies { Flags = Present | HasCredential }, out _));
        Assert.Null(Fault(authenticator, new Lies { Flags = Present | HasCredential | HasExtensions, Tail = [0xa1, 0x61, 0x78, 0xf5] }, out _));
        Assert.Null(Fault(authenticator, new Lies { Origin = Site.ToUpperInvariant() }, out _));
    }

    [Fact]
    public void A_statement_of_a_format_that_needs_trust_in_a_maker_is_not_looked_at()
    {
        Assert.Null(Fault(new SoftwareAuthenticator(Key, Site), new Lies { Format = "tpm", Statement = [0xa1, 0x61, 0x78, 0x01] }, out _));
        var certified = new CborWriter();
        certified.WriteStartMap(1);
        certified.WriteTextString("x5c");
        certified.WriteStartArray(0);
        certified.WriteEndArray();
        certified.WriteEndMap();
        Assert.Null(Fault(new SoftwareAuthenticator(Key, Site), new Lies { Format = "packed", Statement = certified.Encode() }, out _));
    }

    public static TheoryData<byte[]> WrongKeys()
    {
        var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportParameters(false).Q;
        var weak = RSA.Create(1024).ExportParameters(false);
        var rsa = RSA.Create(2048).ExportParameters(false);
        var offCurve = p256.Y!.ToArray();
        offCurve[31] ^= 1;
        return
        [
            TestKey.EllipticCose(-7, 1, p256.X!, offCurve),
            TestKey.EllipticCose(-7, 2, p256.X!, p256.Y!),
            TestKey.EllipticCose(-35, 1, p256.X!, p256.Y!),
            TestKey.EllipticCose(-47, 8, p256.X!, p256.Y!),
            TestKey.EllipticCose(-7, 1, p256.X![1..], p256.Y!),
            TestKey.EllipticCose(-257, 1, p256.X!, p256.Y!),
            TestKey.RsaCose(-257, weak.Modulus!, weak.Exponent!),
            TestKey.RsaCose(-257, [.. new byte[128], .. weak.Modulus!], weak.Exponent!),
            TestKey.RsaCose(-65535, rsa.Modulus!, rsa.Exponent!),
            TestKey.RsaCose(-257, rsa.Modulus!, []),
            TestKey.RsaCose(-257, new byte[4096], rsa.Exponent!),
            TestKey.EdwardsCose(6, new byte[31]),
            TestKey.EdwardsCose(7, new byte[32]),
            TestKey.Map((1, 1L), (3, -8L)),
            TestKey.Map((3, -7L)),
            TestKey.Map((1, 2L)),
            TestKey.Map((1, new byte[] { 2 }), (3, -7L)),
            TestKey.Map(),
            [0xa1, 0x61, 0x61, 0x01],
            [0xa1, 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ];
    }

    [Theory]
    [MemberData(nameof(WrongKeys))]
    public void A_key_that_was_not_offered_or_is_none_is_refused(byte[] cose) =>
        Assert.Equal(CeremonyFault.UnsupportedKey, Fault(new SoftwareAuthenticator(new TestKey(-7, cose, Key.Sign), Site), null, out _));

    [Fact]
    public void Whatever_is_cut_off_or_altered_is_refused_or_the_same()
    {
        var answer = new SoftwareAuthenticator(Key, Site).Create(Party.Id, Base64Url.EncodeToString(Challenge), new Lies { Format = "packed" }).Decode()!;
        for (var length = 0; length < answer.AttestationObject.Length; length++)
            Assert.NotNull(Verify(answer with { AttestationObject = answer.AttestationObject[..length] }));
        for (var length = 0; length < answer.ClientData.Length; length++)
            Assert.NotNull(Verify(answer with { ClientData = answer.ClientData[..length] }));
        for (var bit = 0; bit < answer.AttestationObject.Length * 8; bit++)
        {
            var altered = answer.AttestationObject.ToArray();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));

            // With a statement by the credential itself no bit is free, but for those of the format's name, and of members' names that then are not read.
            if (Verify(answer with { AttestationObject = altered }) is null) Assert.NotEqual("packed", AttestationObject.Parse(altered)!.Format);
        }

        Assert.Null(Verify(answer));
    }

    [Fact]
    public void Random_damage_breaks_nothing()
    {
        var good = new SoftwareAuthenticator(Key, Site).Create(Party.Id, Base64Url.EncodeToString(Challenge), new Lies { Format = "packed" }).Decode()!;

        Damage(good.AttestationObject, 30_000, damaged => Verify(good with { AttestationObject = damaged }));
        foreach (var algorithm in new long[] { -7, -36, -257 })
        {
            var key = TestKey.Of(algorithm);
            var signature = key.Sign([1]);
            Damage(key.Cose, 3000, damaged => CredentialPublicKey.Parse(damaged)?.Verifies([1], signature));
            var whole = CredentialPublicKey.Parse(key.Cose)!;
            Damage(signature, 3000, damaged => whole.Verifies([1], damaged));
        }
    }

    private static void Damage(byte[] good, int rounds, Action<byte[]> read)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            var damaged = good.ToArray();
            for (var i = random.Next(1, 5); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) damaged = damaged[..random.Next(damaged.Length)];
            try
            {
                read(damaged);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}");
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"webauthn.create\",\"challenge\":\"x\"}")]
    [InlineData("{\"type\":\"webauthn.create\",\"challenge\":7,\"origin\":\"x\"}")]
    [InlineData("{\"type\":\"\\ud800\",\"challenge\":\"x\",\"origin\":\"x\"}")]
    public void Client_data_without_what_every_browser_sends_are_unreadable(string json)
    {
        var answer = new SoftwareAuthenticator(Key, Site).Create(Party.Id, Base64Url.EncodeToString(Challenge)).Decode()!;
        Assert.Equal(CeremonyFault.Unreadable, Verify(answer with { ClientData = System.Text.Encoding.UTF8.GetBytes(json) }));
    }

    [Fact]
    public void Deep_nesting_is_no_way_to_break_the_reader()
    {
        var answer = new SoftwareAuthenticator(Key, Site).Create(Party.Id, Base64Url.EncodeToString(Challenge)).Decode()!;
        byte[] deep = [0xa1, 0x61, 0x78, .. Enumerable.Repeat((byte)0x81, 60_000)];
        Assert.Equal(CeremonyFault.Unreadable, Verify(answer with { AttestationObject = deep }));
        Assert.Equal(CeremonyFault.Unreadable, Verify(answer with { ClientData = [.. Enumerable.Repeat((byte)'[', 60_000)] }));
    }

    private static CeremonyFault? Fault(SoftwareAuthenticator authenticator, Lies? lies, out NewCredential? made) =>
        authenticator.Create(Party.Id, Base64Url.EncodeToString(Challenge), lies).Decode()!.Verify(Party, Challenge, out made);

    private static CeremonyFault? Verify(RegistrationAnswer answer) => answer.Verify(Party, Challenge, out _);
}
