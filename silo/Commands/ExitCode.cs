using System.Net;
using System.Security.Cryptography;
using Ente.Orleans.Client;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Silo.Commands;

/// <summary>What the shell is told.</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Something that was asked for was not done; standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command does not make sense as it was given.</summary>
    public const int Usage = 2;

    /// <summary>Runs a verb and turns its failures into one line on standard error and an exit code.</summary>
    internal static async Task<int> OfAsync(Func<Task<int>> verb)
    {
        try
        {
            Libsodium.EnsureAvailable();
            return await verb();
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine(e.Message);
            return Usage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled. Running the command again continues where it stopped.");
            return Failed;
        }
        catch (Exception e) when (Describe(e) is { } message)
        {
            Console.Error.WriteLine(message);
            return Failed;
        }
    }

    /// <summary>A failure in the words of the person who has it; null for what is a bug and should show its trace.</summary>
    internal static string? Describe(Exception e) => e switch
    {
        EnteApiException api => Describe(api),
        WrongPasswordException or LinkPasswordException or UntrustworthyDataException or PasswordHashMemoryException
            or DllNotFoundException or TimeoutException or CryptographicException => e.Message,
        HttpRequestException http => $"The server cannot be reached: {http.Message}",
        IOException or UnauthorizedAccessException => e.Message,
        _ => null,
    };

    private static string Describe(EnteApiException e) => (e.Status, e.Code) switch
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
        _ => e.Message,
    };
}

/// <summary>The command cannot be carried out as it was given.</summary>
internal sealed class UsageException(string message) : Exception(message);
