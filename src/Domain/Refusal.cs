namespace Ente.Orleans.Domain;

/// <summary>Why a command was refused. The API maps each to one HTTP status (api/01 §A5).</summary>
public enum Reason
{
    BadRequest,
    Unauthenticated,
    PaymentRequired,
    Forbidden,
    NotFound,
    NotAllowed,
    NotAcceptable,
    Conflict,
    Gone,
    PreconditionFailed,
    TooLarge,
    StorageExceeded,
    TooManyRequests,
    Unavailable,
}

/// <summary>A refusal as a value: uncoded ones answer <c>{}</c>, coded ones <c>{"code","message"}</c>.</summary>
public sealed record Refusal(Reason Reason, string? Code = null, string Message = "")
{
    public static readonly Refusal BadRequest = new(Reason.BadRequest);
    public static readonly Refusal Unauthenticated = new(Reason.Unauthenticated);
    public static readonly Refusal Forbidden = new(Reason.Forbidden);
    public static readonly Refusal NotFound = new(Reason.NotFound);
    public static readonly Refusal Conflict = new(Reason.Conflict);
    public static readonly Refusal Gone = new(Reason.Gone);
    public static readonly Refusal TooLarge = new(Reason.TooLarge);
    public static readonly Refusal PaymentRequired = new(Reason.PaymentRequired);
    public static readonly Refusal StorageExceeded = new(Reason.StorageExceeded);
    public static readonly Refusal CollectionDeleted = new(Reason.NotFound, "COLLECTION_DELETED");
    public static readonly Refusal FileInTrash = new(Reason.Conflict, "FILE_IN_TRASH");
    public static readonly Refusal FileLimitReached = new(Reason.Forbidden, "FILE_LIMIT_REACHED", "Maximum file limit reached");
    public static readonly Refusal CommentsDisabled = new(Reason.NotAllowed, "PUBLIC_COMMENT_DISABLED");
    public static readonly Refusal UserNotFound = new(Reason.NotFound, "USER_NOT_FOUND");

    /// <summary>A caller's mistake with an explanation: 400 <c>BAD_REQUEST</c>.</summary>
    public static Refusal Bad(string message) => new(Reason.BadRequest, "BAD_REQUEST", message);
}
