using System.Buffers.Binary;
using System.Buffers.Text;
using Ente.Orleans.Api.Passkeys.WebAuthn;

namespace Ente.Orleans.Api.Passkeys;

/// <summary>Checks browsers' answers against the ceremonies that were begun, and tells the log, not the client, what was wrong.</summary>
internal sealed class PasskeyVerification(ApiOptions options, ILogger<PasskeyVerification> log)
{
    /// <summary>Bytes.</summary>
    public const int ChallengeSize = 32;

    /// <summary>The credential that was registered; null when the answer is not to be taken.</summary>
    public PasskeyCredential? Register(PublicKeyCredential<AttestationResponse> sent, PasskeyCeremony ceremony)
    {
        var answer = sent.Decode();
        NewCredential? made = null;
        var fault = answer is null ? CeremonyFault.Unreadable
            : ceremony.RpId != options.RelyingParty.Id ? CeremonyFault.WrongRelyingParty
            : answer.Verify(options.RelyingParty, ceremony.Challenge, out made);
        if (made is null)
        {
            Tell("registration", ceremony.UserId, fault, answer?.ClientData);
            return null;
        }

        return new PasskeyCredential(
            Base64Url.EncodeToString(made.Id.Span), Base64Url.EncodeToString(made.PublicKey.Span), sent.Response!.KnownTransports(),
            options.RelyingParty.Id, made.SignCount);
    }

    /// <summary>The one of the user's passkeys that answered, with its counter; null when the answer is not to be taken.</summary>
    public (Passkey Passkey, long SignCount)? Assert(
        PublicKeyCredential<AssertionResponse> sent, PasskeyCeremony ceremony, IReadOnlyList<Passkey> passkeys)
    {
        var answer = sent.Decode();
        var id = answer is null ? null : Base64Url.EncodeToString(answer.CredentialId);
        var passkey = id is not null && ceremony.CredentialIds.Contains(id) ? passkeys.FirstOrDefault(p => p.CredentialId == id) : null;
        long signCount = 0;
        var fault = answer is null ? CeremonyFault.Unreadable
            : passkey is null ? CeremonyFault.UnknownCredential
            : ceremony.RpId != options.RelyingParty.Id || passkey.RpId != ceremony.RpId ? CeremonyFault.WrongRelyingParty
            : answer.Verify(
                options.RelyingParty, ceremony.Challenge, Base64Url.DecodeFromChars(passkey.PublicKey), UserHandle(ceremony.UserId), out signCount);
        if (fault is null) return (passkey!, signCount);
        Tell("login", ceremony.UserId, fault, answer?.ClientData);
        return null;
    }

    /// <summary>The counter of a passkey did not rise.</summary>
    public void TellOfCounter(Passkey passkey) =>
        log.LogWarning("The counter of passkey {Passkey} of user {User} did not rise: it may have been copied", passkey.Id, passkey.UserId);

    /// <summary>The user's id as 8 bytes, most significant first (api/01 §G).</summary>
    public static byte[] UserHandle(long userId)
    {
        var handle = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(handle, userId);
        return handle;
    }

    private void Tell(string ceremony, long userId, CeremonyFault? fault, byte[]? clientData)
    {
        if (fault == CeremonyFault.WrongOrigin && Uri.TryCreate(ClientData.Parse(clientData)?.Origin, UriKind.Absolute, out var origin))
        {
            // By far the most common: an accounts app at an address that is not configured.
            log.LogWarning(
                "A passkey at a {Ceremony} of user {User} was refused: the page is at {Origin}, which is not among {Origins} (webauthn.rporigins)",
                ceremony, userId, origin.GetLeftPart(UriPartial.Authority), options.RelyingParty.Origins);
            return;
        }

        log.LogInformation("A passkey at a {Ceremony} of user {User} was refused: {Fault}", ceremony, userId, fault);
    }
}
