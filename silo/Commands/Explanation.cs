using System.Net;
using System.Security.Cryptography;
using Ente.Orleans.Client;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Silo.Commands;

/// <summary>Failures in the words of the person who has them.</summary>
internal static class Explanation
{
    /// <summary>Null for what is a fault of this program and should show its trace.</summary>
    public static string? Of(Exception e) => e switch
    {
        EnteApiException api => Of(api),
        WrongPasswordException or LinkPasswordException or UntrustworthyDataException or PasswordHashMemoryException
            or DllNotFoundException or TimeoutException or CryptographicException or HttpRequestException => Reason.Of(e),
        IOException or UnauthorizedAccessException => Reason.Of(e),
        _ => null,
    };

    /// <summary>What kept one file of many from being handled; also a fault of this program, which the others must not suffer from.</summary>
    public static string OfOne(Exception? e) => e is null ? "unknown" : Of(e) ?? $"fault of this program ({e.GetType().Name}): {Reason.Of(e)}";

    private static string Of(EnteApiException e)
    {
        var kind = (e.Status, e.Code) switch
        {
            (_, "USER_ALREADY_REGISTERED") => "There is an account with this address already: use login.",
            (_, "USER_NOT_REGISTERED") => "There is no account with this address: use signup.",
            (_, "USER_SIGNUP_INCOMPLETE") => "The sign-up of this address was never finished: use signup again.",
            (_, "ACCOUNT_SCHEDULED_FOR_DELETION") => "The account is scheduled for deletion.",
            (_, "FILE_IN_TRASH") => "A file is in the trash; restore it first.",
            (_, "LINK_DEVICE_LIMIT_EXCEEDED") => "The link is in use on too many devices.",
            (HttpStatusCode.Unauthorized, _) when e.Message.Contains("verify", StringComparison.Ordinal) => "The code is wrong.",
            (HttpStatusCode.Unauthorized, _) => "Not logged in any more: use login.",
            (HttpStatusCode.PaymentRequired, _) => "The account has no active subscription.",
            (HttpStatusCode.UpgradeRequired, _) => "The account's storage is full.",
            (HttpStatusCode.Gone, _) => "The code or link has expired.",
            (HttpStatusCode.TooManyRequests, _) => "Too many attempts; wait a minute.",
            (HttpStatusCode.InsufficientStorage, _) => "The server's disk is full.",
            (HttpStatusCode.RequestEntityTooLarge, _) => "Larger than the server takes.",
            (HttpStatusCode.ServiceUnavailable, _) => "The server or its storage is not available just now.",
            _ => null,
        };
        // What is known needs no status; what the other side said itself is told in any case.
        return kind is null ? e.Message : e.Reason is null ? kind : $"{kind} ({e.Message})";
    }
}
