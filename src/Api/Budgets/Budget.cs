using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Api.Budgets;

/// <summary>
/// The one place that knows how much anybody may take of the server. docs/security.md shows these numbers as a table, and a test
/// compares the two.
/// </summary>
public sealed record Budget
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;

    /// <summary>Entries of a list in a body, where the contract does not say less.</summary>
    public const int ListLength = 10_000;

    /// <summary>UTF-8 bytes of a text in a body, names included, where its field does not say otherwise.</summary>
    public const int TextBytes = 64 * KiB;

    /// <summary>UTF-8 bytes of the ciphertext of magic metadata: captions and notes are in it.</summary>
    public const int MetadataBytes = 256 * KiB;

    /// <summary>UTF-8 bytes of the ciphertext of an entity: a person with all the faces that belong to it.</summary>
    public const int EntityBytes = 1 * MiB;

    /// <summary>Bytes of a body to a route that nobody needs an account for.</summary>
    public int AnonymousBody { get; init; } = 64 * KiB;

    /// <summary>Bytes of a body of a public album's visitor: the checksums of 10,000 parts are 270 KB.</summary>
    public int VisitorBody { get; init; } = 512 * KiB;

    /// <summary>Bytes of a body of a signed-in user.</summary>
    public int UserBody { get; init; } = 4 * MiB;

    /// <summary>Bytes of a body with derived data, or with the metadata of many files.</summary>
    public const int LargeBody = 16 * MiB;

    /// <summary>Time for a body: this, and what its bytes take at <see cref="SlowestBody"/>.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second.</summary>
    public int SlowestBody { get; init; } = 16 * KiB;

    /// <summary>Bytes a second that a client has to take of an answer, on average.</summary>
    public int SlowestResponse { get; init; } = 1 * KiB;

    /// <summary>How long a client may take nothing of an answer, or send nothing of a body, before the rates count.</summary>
    public TimeSpan RateGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes a second of an object, either way: phones on bad networks.</summary>
    public int SlowestObject { get; init; } = 256;

    /// <summary>How long an object's transfer may stand still before its rate counts.</summary>
    public TimeSpan ObjectGrace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes of bodies and of answers that wait for their clients, in the whole process.</summary>
    public long BufferedBytes { get; init; } = 128 * MiB;

    /// <summary>Of those, bytes of one client.</summary>
    public long BufferedBytesOfClient { get; init; } = 32 * MiB;

    /// <summary>Bytes of a diff that are read at once; then the database connection goes back, and they are written.</summary>
    public int PageBytes { get; init; } = 256 * KiB;

    /// <summary>Rows of a diff that are read at once.</summary>
    public int PageRows { get; init; } = 500;

    /// <summary>Bytes that a diff counts for while it is answered: its piece as rows, as text and as what waits to be sent.</summary>
    public int HeldByDiff => 8 * PageBytes;

    /// <summary>How a diff is read.</summary>
    internal PieceSize Piece => new(PageRows, PageBytes);

    /// <summary>Requests under way of one client.</summary>
    public int RequestsOfClient { get; init; } = 128;

    /// <summary>Requests under way in the whole process.</summary>
    public int Requests { get; init; } = 2048;

    /// <summary>Connections of the whole process; more are closed.</summary>
    public int Connections { get; init; } = 4096;

    /// <summary>Connections from one network, unless it is a trusted proxy.</summary>
    public int ConnectionsOfNetwork { get; init; } = 256;

    /// <summary>How long a connection may wait for its next request.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a request's headers may take.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Proofs of passwords that are computed at once; others wait for their turn.</summary>
    public int ProofsAtOnce { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Proofs that wait for their turn.</summary>
    public int ProofsWaiting { get; init; } = 64;

    /// <summary>Upload slots of an account; one more gives up the oldest.</summary>
    public int OpenSlots { get; init; } = 2000;

    /// <summary>Bytes of unclaimed uploads that an account has in any case, whatever is left of its plan.</summary>
    public long UnclaimedBytes { get; init; } = Allowance.Headroom;

    /// <summary>Bytes a body may have at an endpoint.</summary>
    internal int BodyOf(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<BodyBytes>()?.Most ?? endpoint?.Metadata.GetMetadata<Requirement>()?.Kind switch
        {
            null or AccessKind.Anyone => AnonymousBody,
            AccessKind.PublicAlbum or AccessKind.Cast => VisitorBody,
            _ => UserBody,
        };

    /// <summary>How long a body of so many bytes may take.</summary>
    internal TimeSpan TimeFor(int bytes) => BodyGrace + TimeSpan.FromSeconds((double)bytes / SlowestBody);
}

/// <summary>Another number of bytes than routes of this kind take.</summary>
internal sealed record BodyBytes(int Most);

internal static class BodyBytesExtensions
{
    /// <summary>A route whose bodies may be larger than others'.</summary>
    public static TBuilder TakesLargeBodies<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new BodyBytes(Budget.LargeBody));
}

/// <summary>Somebody, or everybody together, has taken more than there is for them.</summary>
internal sealed class OverBudgetException(int status, string what, int retryAfter) : Exception(what)
{
    /// <summary>429: the caller's own doing; 503: everybody's together.</summary>
    public int Status { get; } = status;

    /// <summary>Seconds.</summary>
    public int RetryAfter { get; } = retryAfter;
}
