using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ente.Orleans.Api.Passkeys;

namespace Ente.Orleans.Api.Tests.Passkeys;

/// <summary>Where an authenticator, or the browser before it, does not do what it should. What is null is as it should be.</summary>
public sealed record Lies
{
    public string? Type { get; init; }
    public string? Challenge { get; init; }
    public string? Origin { get; init; }
    public bool CrossOrigin { get; init; }
    public string? RpId { get; init; }
    public byte? Flags { get; init; }
    public byte[]? UserHandle { get; init; }
    public byte[]? CredentialId { get; init; }
    public string? Format { get; init; }
    public byte[]? Statement { get; init; }

    /// <summary>Bytes behind the authenticator data.</summary>
    public byte[] Tail { get; init; } = [];
}

/// <summary>One credential of a security key and the browser that uses it, after WebAuthn Level 2 §6.</summary>
internal sealed class SoftwareAuthenticator(TestKey key, string origin)
{
    public const byte Present = 0x01, Verified = 0x04, HasCredential = 0x40, HasExtensions = 0x80;

    public byte[] CredentialId { get; init; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Shown with each answer; the one that counts adds to it itself.</summary>
    public uint Counter { get; set; }

    public PublicKeyCredential<AttestationResponse> Create(string rpId, string challenge, Lies? lies = null)
    {
        lies ??= new Lies();
        var client = ClientData("webauthn.create", challenge, lies);
        var id = lies.CredentialId ?? CredentialId;
        byte[] credential = [.. new byte[16], (byte)(id.Length >> 8), (byte)id.Length, .. id, .. key.Cose];
        var flags = lies.Flags ?? Present | Verified | HasCredential;
        byte[] data = [.. Header(rpId, (byte)flags, lies), .. (flags & HasCredential) == 0 ? [] : credential, .. lies.Tail];
        var text = Base64Url.EncodeToString(CredentialId);
        return new PublicKeyCredential<AttestationResponse>(text, text, "public-key", new AttestationResponse(
            Base64Url.EncodeToString(Attestation(data, client, lies)), Base64Url.EncodeToString(client), ["internal", "hybrid"]));
    }

    public PublicKeyCredential<AssertionResponse> Get(string rpId, string challenge, Lies? lies = null)
    {
        lies ??= new Lies();
        var client = ClientData("webauthn.get", challenge, lies);
        byte[] data = [.. Header(rpId, lies.Flags ?? Present | Verified, lies), .. lies.Tail];
        var signature = key.Sign([.. data, .. SHA256.HashData(client)]);
        var text = Base64Url.EncodeToString(lies.CredentialId ?? CredentialId);
        return new PublicKeyCredential<AssertionResponse>(text, text, "public-key", new AssertionResponse(
            Base64Url.EncodeToString(data), Base64Url.EncodeToString(client), Base64Url.EncodeToString(signature),
            lies.UserHandle is { } user ? Base64Url.EncodeToString(user) : null));
    }

    /// <summary>The statement that a credential makes of itself (§8.2).</summary>
    public static byte[] SelfStatement(long algorithm, byte[] signature)
    {
        var cbor = new CborWriter();
        cbor.WriteStartMap(2);
        cbor.WriteTextString("alg");
        cbor.WriteInt64(algorithm);
        cbor.WriteTextString("sig");
        cbor.WriteByteString(signature);
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private byte[] ClientData(string type, string challenge, Lies lies) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = lies.Type ?? type,
        challenge = lies.Challenge ?? challenge,
        origin = lies.Origin ?? origin,
        crossOrigin = lies.CrossOrigin,
    });

    private byte[] Header(string rpId, byte flags, Lies lies)
    {
        var counter = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(lies.RpId ?? rpId)), flags, .. counter];
    }

    private byte[] Attestation(byte[] data, byte[] client, Lies lies)
    {
        var format = lies.Format ?? "none";
        var statement = lies.Statement ?? (format == "packed" ? SelfStatement(key.Algorithm, key.Sign([.. data, .. SHA256.HashData(client)])) : [0xa0]);
        var cbor = new CborWriter();
        cbor.WriteStartMap(3);
        cbor.WriteTextString("fmt");
        cbor.WriteTextString(format);
        cbor.WriteTextString("attStmt");
        cbor.WriteEncodedValue(statement);
        cbor.WriteTextString("authData");
        cbor.WriteByteString(data);
        cbor.WriteEndMap();
        return cbor.Encode();
    }
}

/// <summary>A key pair as an authenticator has one: its public half in COSE form, and signatures of its algorithm.</summary>
internal sealed record TestKey(long Algorithm, byte[] Cose, Func<byte[], byte[]> Sign)
{
    /// <summary>-7, -35, -36, or RSA's -257 to -259 and -37 to -39.</summary>
    public static TestKey Of(long algorithm) => algorithm switch
    {
        -7 => Elliptic(algorithm, 1, ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256),
        -35 => Elliptic(algorithm, 2, ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384),
        -36 => Elliptic(algorithm, 3, ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512),
        -257 => Rsa(algorithm, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        -258 => Rsa(algorithm, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        -259 => Rsa(algorithm, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        -37 => Rsa(algorithm, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        -38 => Rsa(algorithm, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
        -39 => Rsa(algorithm, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    public static byte[] EllipticCose(long algorithm, long curve, byte[] x, byte[] y) => Map((1, 2L), (3, algorithm), (-1, curve), (-2, x), (-3, y));

    public static byte[] RsaCose(long algorithm, byte[] modulus, byte[] exponent) => Map((1, 3L), (3, algorithm), (-1, modulus), (-2, exponent));

    public static byte[] EdwardsCose(long curve, byte[] x) => Map((1, 1L), (3, -8L), (-1, curve), (-2, x));

    public static byte[] Map(params (long Label, object Value)[] parameters)
    {
        var cbor = new CborWriter();
        cbor.WriteStartMap(parameters.Length);
        foreach (var (label, value) in parameters)
        {
            cbor.WriteInt64(label);
            if (value is long number) cbor.WriteInt64(number);
            else cbor.WriteByteString((byte[])value);
        }

        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private static TestKey Elliptic(long algorithm, long curveId, ECCurve curve, HashAlgorithmName hash)
    {
        var key = ECDsa.Create(curve);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new TestKey(
            algorithm, EllipticCose(algorithm, curveId, point.X!, point.Y!),
            data => key.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static TestKey Rsa(long algorithm, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        var key = RSA.Create(2048);
        var p = key.ExportParameters(includePrivateParameters: false);
        return new TestKey(algorithm, RsaCose(algorithm, p.Modulus!, p.Exponent!), data => key.SignData(data, hash, padding));
    }
}
