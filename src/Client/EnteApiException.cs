using System.Net;

namespace Ente.Orleans.Client;

/// <summary>The server refused a call. Clients go by status and <see cref="Code"/> only (01 §A5).</summary>
public sealed class EnteApiException(HttpStatusCode status, string? code, string call)
    : Exception($"{call} was answered with {(int)status}{(code is null ? "" : " " + code)}.")
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>The code of a coded error, such as <c>USER_ALREADY_REGISTERED</c>; null for uncoded ones.</summary>
    public string? Code { get; } = code;
}

/// <summary>What came from the server or the disk cannot be what an honest counterpart wrote: wrong key, altered or cut data.</summary>
public sealed class UntrustworthyDataException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The password does not open the account's keys.</summary>
public sealed class WrongPasswordException() : Exception("The password is wrong, or there is no such account.");
