using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>The parts of the SRP handshake that its endpoints share (api/01 §D2).</summary>
internal sealed class SrpHandshake(SrpSessions sessions, PersonalData personal, Clock clock)
{
    /// <summary>Starts a session of a known or, with a null verifier, unknown user.</summary>
    public async Task<(Guid Id, string B, IResult? Refusal)> StartAsync(
        Guid srpUserId, string srpA, Func<byte[]?> verifier, bool mayBeShort, CancellationToken cancellation)
    {
        if (!WireBase64.TryDecode(srpA, out var a)) return Refuse(Answers.Bad("invalid base64 encoding"));

        // Mobile apps strip leading zeros when they set a password; their arithmetic is padded.
        var shortest = mayBeShort ? Crypto.Srp.GroupSize - 8 : Crypto.Srp.GroupSize;
        if (a.Length > Crypto.Srp.GroupSize || a.Length < shortest) return Refuse(Answers.Bad("Invalid length for srpA"));
        var padded = new byte[Crypto.Srp.GroupSize];
        a.CopyTo(padded, padded.Length - a.Length);
        if (!padded.AsSpan().ContainsAnyExcept((byte)0)) return Refuse(Answers.Bad("Invalid srpA"));

        var known = verifier();
        if (known is null)
        {
            await Task.Delay(Random.Shared.Next(30, 80), cancellation);
            var fake = await sessions.AddAsync(srpUserId, Secrets.RandomBytes(32), padded, isFake: true, clock.Now, cancellation);
            return (fake!.Value, Convert.ToBase64String(Secrets.RandomBytes(Crypto.Srp.GroupSize)), null);
        }

        if (await sessions.IsFullAsync(srpUserId, clock.Now, cancellation)) return TooMany();
        var challenge = SrpServer.Create(known);
        var id = await sessions.AddAsync(srpUserId, challenge.Secret, padded, isFake: false, clock.Now, cancellation);
        return id is null ? TooMany() : (id.Value, Convert.ToBase64String(challenge.PublicB), null);

        static (Guid, string, IResult?) TooMany() => Refuse(Answers.Coded(StatusCodes.Status429TooManyRequests, "TOO_MANY_UNVERIFIED_SESSIONS"));
        static (Guid, string, IResult?) Refuse(IResult answer) => (Guid.Empty, "", answer);
    }

    /// <summary>The server's proof for the client's, base64.</summary>
    public async Task<(string M2, IResult? Refusal)> VerifyAsync(
        Guid sessionId, byte[]? verifier, string? srpM1, CancellationToken cancellation)
    {
        if (!WireBase64.TryDecode(srpM1, out var m1)) return ("", Answers.Bad("invalid base64 encoding"));
        if (m1.Length != Crypto.Srp.ProofSize)
            return ("", Answers.Bad($"srpM1 size is {m1.Length}, expected 32"));

        // An unknown user runs the same checks on a verifier that no password fits.
        var (m2, refusal) = await sessions.VerifyAsync(
            sessionId, () => verifier ?? SrpServer.Create(Secrets.RandomBytes(32)).PublicB, m1, cancellation);
        if (refusal is { Reason: Reason.Unauthenticated }) await Task.Delay(Random.Shared.Next(10, 40), cancellation);
        return (m2 is null ? "" : Convert.ToBase64String(m2), refusal is null ? null : Answers.Of(refusal));
    }

    public async Task<byte[]?> VerifierOfAsync(Account? account, CancellationToken cancellation) =>
        account?.SealedSrpVerifier is { } sealedVerifier
            ? await personal.OpenBytesAsync(account.Id, Convert.FromBase64String(sealedVerifier), cancellation)
            : null;
}
