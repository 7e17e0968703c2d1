using System.Formats.Cbor;
using System.Security.Cryptography;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>
/// A public key in COSE form (RFC 9052 §7, RFC 9053 §7; WebAuthn Level 2 §5.8.5), of the algorithms that are offered at a registration.
/// </summary>
internal sealed class CredentialPublicKey
{
    /// <summary>COSE algorithm identifiers in the order in which they are offered (api/01 §G).</summary>
    public static readonly IReadOnlyList<long> Offered = [Es256, Es384, Es512, Rs256, Rs384, Rs512, Ps256, Ps384, Ps512, EdDsa];

    private const long Es256 = -7, Es384 = -35, Es512 = -36, Rs256 = -257, Rs384 = -258, Rs512 = -259, Ps256 = -37, Ps384 = -38, Ps512 = -39;
    private const long EdDsa = -8;

    // Labels of a key's parameters; those below zero mean other things for other types of key.
    private const long Type = 1, AlgorithmLabel = 3, Curve = -1, X = -2, Y = -3, Modulus = -1, Exponent = -2;
    private const long Okp = 1, Ec2 = 2, RsaType = 3;
    private const long Ed25519Curve = 6;

    // Smaller ones are no keys any more; larger ones make one check a burden.
    private const int MinRsaBits = 2048, MaxRsaBits = 8192;

    private readonly Func<byte[], byte[], bool> verifies;

    private CredentialPublicKey(long algorithm, Func<byte[], byte[], bool> verifies) => (Algorithm, this.verifies) = (algorithm, verifies);

    /// <summary>COSE algorithm identifier.</summary>
    public long Algorithm { get; }

    /// <summary>Null when it is not a key of an offered algorithm.</summary>
    public static CredentialPublicKey? Parse(ReadOnlyMemory<byte> cose)
    {
        if (UntrustedCbor.Read(cose, Parameters) is not { } parameters) return null;
        try
        {
            return (parameters.GetValueOrDefault(Type), parameters.GetValueOrDefault(AlgorithmLabel)) switch
            {
                (Ec2, Es256) => Elliptic(Es256, parameters, 1, ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256),
                (Ec2, Es384) => Elliptic(Es384, parameters, 2, ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384),
                (Ec2, Es512) => Elliptic(Es512, parameters, 3, ECCurve.NamedCurves.nistP521, 66, HashAlgorithmName.SHA512),
                (RsaType, Rs256) => Rsa(Rs256, parameters, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                (RsaType, Rs384) => Rsa(Rs384, parameters, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
                (RsaType, Rs512) => Rsa(Rs512, parameters, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
                (RsaType, Ps256) => Rsa(Ps256, parameters, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
                (RsaType, Ps384) => Rsa(Ps384, parameters, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
                (RsaType, Ps512) => Rsa(Ps512, parameters, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
                (Okp, EdDsa) => Edwards(parameters),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            // Numbers that are no point and no modulus.
            return null;
        }
    }

    /// <summary>Whether the signature, in the form of §6.5.6, is this key's over the data.</summary>
    public bool Verifies(byte[] data, byte[] signature)
    {
        try
        {
            return verifies(data, signature);
        }
        catch (CryptographicException)
        {
            // A signature that is not even of the right form.
            return false;
        }
    }

    private static Dictionary<long, object> Parameters(CborReader reader)
    {
        var parameters = new Dictionary<long, object>();
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var label = reader.ReadInt64();
            switch (reader.PeekState())
            {
                case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                    parameters[label] = reader.ReadInt64();
                    break;
                case CborReaderState.ByteString:
                    parameters[label] = reader.ReadByteString();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndMap();
        return parameters;
    }

    private static CredentialPublicKey? Elliptic(
        long algorithm, Dictionary<long, object> parameters, long curveId, ECCurve curve, int size, HashAlgorithmName hash)
    {
        if (parameters.GetValueOrDefault(Curve) is not long id || id != curveId) return null;
        if (parameters.GetValueOrDefault(X) is not byte[] x || x.Length != size) return null;
        if (parameters.GetValueOrDefault(Y) is not byte[] y || y.Length != size) return null;
        var key = new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } };
        using (ECDsa.Create(key))
        {
            // Made once now, so that a point that is not on the curve is refused at its registration.
        }

        return new CredentialPublicKey(algorithm, (data, signature) =>
        {
            using var ecdsa = ECDsa.Create(key);
            return ecdsa.VerifyData(data, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        });
    }

    private static CredentialPublicKey? Rsa(long algorithm, Dictionary<long, object> parameters, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        if (parameters.GetValueOrDefault(Modulus) is not byte[] n || parameters.GetValueOrDefault(Exponent) is not byte[] e) return null;
        if (n.Length * 8 is < MinRsaBits or > MaxRsaBits || e.Length is 0 or > 4) return null;
        var key = new RSAParameters { Modulus = n, Exponent = e };
        using (var rsa = RSA.Create(key))
        {
            if (rsa.KeySize < MinRsaBits) return null;
        }

        return new CredentialPublicKey(algorithm, (data, signature) =>
        {
            using var rsa = RSA.Create(key);
            return rsa.VerifyData(data, signature, hash, padding);
        });
    }

    private static CredentialPublicKey? Edwards(Dictionary<long, object> parameters) =>
        parameters.GetValueOrDefault(Curve) is Ed25519Curve && parameters.GetValueOrDefault(X) is byte[] { Length: Ed25519.PublicKeySize } key
            ? new CredentialPublicKey(EdDsa, (data, signature) => Ed25519.Verify(signature, data, key))
            : null;
}
