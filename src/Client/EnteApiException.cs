using System.Net;

namespace Ente.Orleans.Client;

/// <summary>
/// The server or the object store refused a call. Programs go by status and <see cref="Code"/> only (01 §A5); the message is for a
/// person and says what the other side said.
/// </summary>
public sealed class EnteApiException(HttpStatusCode status, string? code, string call, string? reason = null, TimeSpan? retryAfter = null)
    : Exception($"{call} was answered with {(int)status}{(code is null ? "" : " " + code)}{(reason is null ? "." : ": " + reason)}")
{
    // Answers of S3 with a status that would be final, of which the next attempt can be without fault.
    private static readonly string[] PassingCodes = ["BadDigest", "IncompleteBody", "RequestTimeout", "OperationAborted"];

    public HttpStatusCode Status { get; } = status;

    /// <summary>
    /// The code of a coded error, such as <c>USER_ALREADY_REGISTERED</c>, or of a store's XML, such as <c>AccessDenied</c>; null for
    /// uncoded ones.
    /// </summary>
    public string? Code { get; } = code;

    /// <summary>What the answer's body said, in one line; null when it said nothing.</summary>
    public string? Reason { get; } = reason;

    /// <summary>How long the other side asks to be left alone; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the same call may be answered otherwise a little later. Everything else is answered the same again.</summary>
    public bool IsPassing => Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
        || PassingCodes.Contains(Code, StringComparer.Ordinal);

    /// <summary>Whether every further call of the account would be refused too: logged out, no subscription, storage full (09 §6.2).</summary>
    public bool ConcernsAccount =>
        Status is HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.UpgradeRequired;
}

/// <summary>What came from the server or the disk cannot be what an honest counterpart wrote: wrong key, altered or cut data.</summary>
public sealed class UntrustworthyDataException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The password does not open the account's keys.</summary>
public sealed class WrongPasswordException() : Exception("The password is wrong, or there is no such account.");
