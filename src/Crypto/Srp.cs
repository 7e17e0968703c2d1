using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Crypto;

/// <summary>
/// SRP-6a over the 4096-bit group of RFC 5054 (g = 5) with SHA-256, in the "short proof" form of 01 §D1: M1 = H(A | B | S),
/// M2 = H(A | M1 | K), K = H(S), every integer padded to 512 bytes, big-endian.
/// </summary>
public static class Srp
{
    public const int GroupSize = 512;
    public const int ProofSize = 32;
    public const int SecretSize = 32;

    internal static readonly BigInteger N = BigInteger.Parse(
        "0" + """
        ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437
        4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05
        98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b
        e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33
        a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864
        d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a92108011a723c12a787e6d7
        88719a10bdba5b2699c327186af4e23c1a946834b6150bda2583e9ca2ad44ce8dbbbc2db04de8ef92e8efc141fbecaa6287c59474e6bc05d99b2964fa090c3a2
        233ba186515be7ed1f612970cee2d7afb81bdd762170481cd0069127d5b05aa993b4ea988d8fddc186ffb7dc90a6c08f4df435c934063199ffffffffffffffff
        """.ReplaceLineEndings(""),
        NumberStyles.AllowHexSpecifier);

    internal static readonly BigInteger G = 5;

    /// <summary>k = H(N | PAD(g)).</summary>
    internal static readonly BigInteger K = Hash(Pad(N), Pad(G));

    internal static BigInteger FromBytes(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    /// <summary>512 bytes, leading zeros kept.</summary>
    internal static byte[] Pad(BigInteger value)
    {
        var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return PadLeft(bytes, GroupSize);
    }

    internal static byte[] PadLeft(ReadOnlySpan<byte> bytes, int size)
    {
        var padded = new byte[size];
        bytes.CopyTo(padded.AsSpan(size - bytes.Length));
        return padded;
    }

    internal static BigInteger Hash(params ReadOnlySpan<byte[]> parts) => FromBytes(HashBytes(parts));

    internal static byte[] HashBytes(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
            hash.AppendData(part);
        return hash.GetHashAndReset();
    }
}

/// <summary>What a server keeps between the two steps of a login: its secret b (32 bytes) and what it sends, B (512 bytes).</summary>
public sealed record SrpChallenge(byte[] Secret, byte[] PublicB);

/// <summary>The server's half of SRP (01 §D1, §D2).</summary>
public static class SrpServer
{
    /// <summary>
    /// A fresh secret b and B = k·v + g^b. B never begins with a zero byte: one shipped client hashes B without its leading
    /// zeros and would fail (08 §4).
    /// </summary>
    /// <param name="verifier">v, big-endian, at most 512 bytes; mobile strips leading zeros.</param>
    /// <exception cref="ArgumentException">The verifier is empty or longer than 512 bytes.</exception>
    public static SrpChallenge Create(ReadOnlySpan<byte> verifier)
    {
        while (true)
        {
            var challenge = Create(verifier, Secrets.RandomBytes(Srp.SecretSize));
            if (challenge.PublicB[0] != 0)
                return challenge;
        }
    }

    /// <summary>The challenge for a given secret; for tests against fixed values and for restoring a session.</summary>
    public static SrpChallenge Create(ReadOnlySpan<byte> verifier, ReadOnlySpan<byte> secret)
    {
        if (verifier.Length is 0 or > Srp.GroupSize)
            throw new ArgumentException($"Must be 1 to {Srp.GroupSize} bytes, has {verifier.Length}.", nameof(verifier));
        Sizes.Require(secret, Srp.SecretSize, nameof(secret));
        var gb = BigInteger.ModPow(Srp.G, Srp.FromBytes(secret), Srp.N);
        var b = (Srp.K * Srp.FromBytes(verifier) + gb) % Srp.N;
        return new SrpChallenge(secret.ToArray(), Srp.Pad(b));
    }

    /// <summary>
    /// M2 (32 bytes) when the client's proof is right, else null. Also null, without any work, when A is 0, is not below N, or
    /// when A or M1 is empty or too long; both are left-padded when short, because mobile strips leading zeros.
    /// </summary>
    /// <param name="b">The secret of the session, 32 bytes.</param>
    /// <param name="verifier">v, big-endian.</param>
    /// <param name="a">The client's A.</param>
    /// <param name="m1">The client's proof.</param>
    public static byte[]? Verify(ReadOnlySpan<byte> b, ReadOnlySpan<byte> verifier, ReadOnlySpan<byte> a, ReadOnlySpan<byte> m1)
    {
        if (a.Length is 0 or > Srp.GroupSize || m1.Length is 0 or > Srp.ProofSize)
            return null;
        var publicA = Srp.FromBytes(a);
        // A ≡ 0 (mod N) would make S = 0 whatever the password.
        if (publicA.IsZero || publicA >= Srp.N)
            return null;
        var publicB = Create(verifier, b).PublicB;
        var paddedA = Srp.Pad(publicA);
        var u = Srp.Hash(paddedA, publicB);
        var v = Srp.FromBytes(verifier) % Srp.N;
        var s = Srp.Pad(BigInteger.ModPow(publicA * BigInteger.ModPow(v, u, Srp.N) % Srp.N, Srp.FromBytes(b), Srp.N));
        var expected = Srp.HashBytes(paddedA, publicB, s);
        return CryptographicOperations.FixedTimeEquals(expected, Srp.PadLeft(m1, Srp.ProofSize))
            ? Srp.HashBytes(paddedA, expected, SHA256.HashData(s))
            : null;
    }
}

/// <summary>
/// The client's half of SRP (08 §4): make one, send <see cref="PublicA"/>, give it the server's B, send the proof, check M2.
/// </summary>
public sealed class SrpClient
{
    private readonly BigInteger _x;
    private readonly BigInteger _a;
    private byte[]? _proof;
    private byte[]? _sessionKey;

    /// <param name="srpUserId">Lower-case hyphenated UUID made by the client at setup; not the e-mail address.</param>
    /// <param name="salt">16 random bytes.</param>
    /// <param name="loginKey">The raw 16-byte login key (08 §3).</param>
    public SrpClient(string srpUserId, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> loginKey)
        : this(srpUserId, salt, loginKey, Secrets.RandomBytes(Srp.SecretSize))
    {
    }

    /// <summary>With a given ephemeral secret a; for tests against fixed values.</summary>
    public SrpClient(string srpUserId, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> loginKey, ReadOnlySpan<byte> secret)
    {
        _x = PrivateKey(srpUserId, salt, loginKey);
        _a = Srp.FromBytes(secret);
        PublicA = Srp.Pad(BigInteger.ModPow(Srp.G, _a, Srp.N));
    }

    /// <summary>A = g^a, 512 bytes.</summary>
    public byte[] PublicA { get; }

    /// <summary>v = g^x, 512 bytes: what the server stores instead of a password.</summary>
    public static byte[] ComputeVerifier(string srpUserId, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> loginKey) =>
        Srp.Pad(BigInteger.ModPow(Srp.G, PrivateKey(srpUserId, salt, loginKey), Srp.N));

    /// <summary>M1, 32 bytes.</summary>
    /// <param name="publicB">The server's B, at most 512 bytes.</param>
    /// <exception cref="ArgumentException">B is 0 modulo N or too long: an answer that no honest server gives.</exception>
    public byte[] ComputeProof(ReadOnlySpan<byte> publicB)
    {
        if (publicB.Length is 0 or > Srp.GroupSize)
            throw new ArgumentException($"Must be 1 to {Srp.GroupSize} bytes, has {publicB.Length}.", nameof(publicB));
        var b = Srp.FromBytes(publicB);
        if ((b % Srp.N).IsZero)
            throw new ArgumentException("Must not be 0 modulo N.", nameof(publicB));
        var paddedB = Srp.Pad(b);
        var u = Srp.Hash(PublicA, paddedB);
        var difference = (b - Srp.K * BigInteger.ModPow(Srp.G, _x, Srp.N)) % Srp.N;
        if (difference.Sign < 0)
            difference += Srp.N;
        var s = Srp.Pad(BigInteger.ModPow(difference, _a + u * _x, Srp.N));
        _proof = Srp.HashBytes(PublicA, paddedB, s);
        _sessionKey = SHA256.HashData(s);
        return _proof;
    }

    /// <summary>Whether the server proved that it knows the verifier. A client must refuse the login when not.</summary>
    /// <exception cref="InvalidOperationException"><see cref="ComputeProof"/> was not called before.</exception>
    public bool VerifyServer(ReadOnlySpan<byte> m2)
    {
        if (_proof is null || _sessionKey is null)
            throw new InvalidOperationException("The proof must be computed first.");
        return CryptographicOperations.FixedTimeEquals(Srp.HashBytes(PublicA, _proof, _sessionKey), m2);
    }

    private static BigInteger PrivateKey(string srpUserId, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> loginKey)
    {
        var inner = SHA256.HashData([.. Encoding.ASCII.GetBytes(srpUserId), (byte)':', .. loginKey]);
        return Srp.FromBytes(SHA256.HashData([.. salt, .. inner]));
    }
}
