using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>
/// The parts of the SRP handshake that its endpoints share (api/01 §D2). For a user that does not exist the same work is done as for
/// one that does, and no row or connection is held while it is.
/// </summary>
internal sealed class SrpHandshake(SrpSessions sessions, SrpArithmetic arithmetic, PersonalData personal, Clock clock)
{
    /// <summary>Starts a session of a known or, with a null verifier, unknown user.</summary>
    public async Task<(Guid Id, string B, IResult? Refusal)> StartAsync(
        Guid srpUserId, string scope, string srpA, byte[]? verifier, bool mayBeShort, CancellationToken cancellation)
    {
        if (!WireBase64.TryDecode(srpA, out var a)) return Refuse(Answers.Bad("invalid base64 encoding"));

        // Mobile apps strip leading zeros when they set a password; their arithmetic is padded.
        var shortest = mayBeShort ? Crypto.Srp.GroupSize - 8 : Crypto.Srp.GroupSize;
        if (a.Length > Crypto.Srp.GroupSize || a.Length < shortest) return Refuse(Answers.Bad("Invalid length for srpA"));
        var padded = new byte[Crypto.Srp.GroupSize];
        a.CopyTo(padded, padded.Length - a.Length);
        if (!padded.AsSpan().ContainsAnyExcept((byte)0)) return Refuse(Answers.Bad("Invalid srpA"));

        if (await sessions.IsFullAsync(srpUserId, scope, clock.Now, cancellation)) return TooMany();
        var challenge = await arithmetic.RunAsync(() => SrpServer.Create(verifier ?? NobodysVerifier()), cancellation);
        var id = await sessions.AddAsync(srpUserId, scope, challenge.Secret, padded, isFake: verifier is null, clock.Now, cancellation);
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

        var (proof, refusal) = await sessions.BeginProofAsync(sessionId, cancellation);
        if (proof is null) return ("", Answers.Of(refusal!));
        var m2 = await arithmetic.RunAsync(
            () => SrpServer.Verify(proof.B ?? new byte[Crypto.Srp.SecretSize], verifier ?? NobodysVerifier(), proof.A, m1), cancellation);
        if (m2 is null || proof.IsFake || proof.B is null || verifier is null) return ("", Answers.Unauthenticated);
        return await sessions.FinishProofAsync(sessionId, cancellation)
            ? (Convert.ToBase64String(m2), null)
            : ("", Answers.Of(new Refusal(Reason.Gone, "SESSION_ALREADY_VERIFIED")));
    }

    /// <summary>One that no password fits.</summary>
    private static byte[] NobodysVerifier() => Secrets.RandomBytes(Crypto.Srp.GroupSize);

    public async Task<byte[]?> VerifierOfAsync(Account? account, CancellationToken cancellation) =>
        account?.SealedSrpVerifier is { } sealedVerifier
            ? await personal.OpenBytesAsync(account.Id, Convert.FromBase64String(sealedVerifier), cancellation)
            : null;
}
