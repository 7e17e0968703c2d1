using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Api.Passkeys.WebAuthn;

/// <summary>What the authenticator says of a ceremony (WebAuthn Level 2 §6.1).</summary>
internal sealed record AuthenticatorData(ReadOnlyMemory<byte> RpIdHash, bool IsUserPresent, long SignCount, AttestedCredential? Credential)
{
    private const int HashSize = 32;
    private const int HeaderSize = HashSize + 1 + 4;
    private const int AaguidSize = 16;
    private const int MaxCredentialIdSize = 1023;
    private const byte UserPresent = 0x01;
    private const byte HasCredential = 0x40;
    private const byte HasExtensions = 0x80;

    /// <summary>Null when it is not of that form to its last byte.</summary>
    public static AuthenticatorData? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < HeaderSize) return null;
        var flags = bytes.Span[HashSize];
        var rest = bytes[HeaderSize..];
        AttestedCredential? credential = null;
        if ((flags & HasCredential) != 0 && (credential = ReadCredential(ref rest)) is null) return null;
        if ((flags & HasExtensions) != 0 && !UntrustedCbor.TryTakeMap(ref rest, out _)) return null;
        return rest.IsEmpty
            ? new AuthenticatorData(
                bytes[..HashSize], (flags & UserPresent) != 0, BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[(HashSize + 1)..]), credential)
            : null;
    }

    /// <summary>
    /// Steps 13 and 14 of §7.1, 15 and 16 of §7.2. That the user was verified is asked for but not insisted on: the passkey is the
    /// second factor (api/01 §G).
    /// </summary>
    public CeremonyFault? Check(RelyingParty relyingParty)
    {
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes(relyingParty.Id));
        if (!CryptographicOperations.FixedTimeEquals(RpIdHash.Span, expected)) return CeremonyFault.WrongRelyingParty;
        return IsUserPresent ? null : CeremonyFault.UserNotPresent;
    }

    private static AttestedCredential? ReadCredential(ref ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < AaguidSize + 2) return null;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest.Span[AaguidSize..]);
        rest = rest[(AaguidSize + 2)..];
        if (length is 0 or > MaxCredentialIdSize || rest.Length < length) return null;
        var id = rest[..length];
        rest = rest[length..];
        return UntrustedCbor.TryTakeMap(ref rest, out var publicKey) ? new AttestedCredential(id, publicKey) : null;
    }
}

/// <summary>A credential as it is registered (§6.5.1): its id, and its public key in COSE form.</summary>
internal sealed record AttestedCredential(ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> PublicKey);
