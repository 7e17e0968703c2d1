using System.Formats.Cbor;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>
/// Authenticator data with a statement about the authenticator (WebAuthn Level 2 §6.5.4). No statement is
/// asked for and none is relied on. Of those that come all the same, the two that need no trust in anybody
/// are checked: none, which must be empty, and a credential's own signature.
/// </summary>
internal sealed record AttestationObject(string Format, ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> AuthenticatorData)
{
    private const string None = "none";
    private const string Packed = "packed";

    /// <summary>Null when it is not CBOR with the three members.</summary>
    public static AttestationObject? Parse(ReadOnlyMemory<byte> bytes) => UntrustedCbor.Read(bytes, reader =>
    {
        string? format = null;
        ReadOnlyMemory<byte>? statement = null, authenticatorData = null;
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            switch (reader.ReadTextString())
            {
                case "fmt":
                    format = reader.ReadTextString();
                    break;
                case "attStmt" when reader.PeekState() == CborReaderState.StartMap:
                    statement = reader.ReadEncodedValue();
                    break;
                case "authData":
                    authenticatorData = reader.ReadByteString();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndMap();
        return format is not null && statement is { } s && authenticatorData is { } a ? new AttestationObject(format, s, a) : null;
    });

    /// <summary>Steps 19 to 21 of §7.1 for formats <c>none</c> (§8.7) and <c>packed</c> without a certificate (§8.2).</summary>
    public CeremonyFault? Check(CredentialPublicKey publicKey, ReadOnlySpan<byte> clientDataHash)
    {
        if (Format is not (None or Packed)) return null;
        if (ReadStatement() is not { } statement) return CeremonyFault.WrongAttestation;
        if (Format == None) return statement.IsEmpty ? null : CeremonyFault.WrongAttestation;
        if (statement.HasCertificate) return null;
        return statement.Algorithm == publicKey.Algorithm && statement.Signature is { } signature
            && publicKey.Verifies([.. AuthenticatorData.Span, .. clientDataHash], signature)
            ? null
            : CeremonyFault.WrongAttestation;
    }

    private sealed record Claim(bool IsEmpty, long? Algorithm, byte[]? Signature, bool HasCertificate);

    private Claim? ReadStatement() => UntrustedCbor.Read(Statement, reader =>
    {
        long? algorithm = null;
        byte[]? signature = null;
        var hasCertificate = false;
        var isEmpty = true;
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            isEmpty = false;
            switch (reader.ReadTextString())
            {
                case "alg":
                    algorithm = reader.ReadInt64();
                    break;
                case "sig":
                    signature = reader.ReadByteString();
                    break;
                case "x5c":
                    hasCertificate = true;
                    reader.SkipValue();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }

        reader.ReadEndMap();
        return new Claim(isEmpty, algorithm, signature, hasCertificate);
    });
}
