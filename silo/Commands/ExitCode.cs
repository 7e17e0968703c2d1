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

    /// <summary>
    /// Runs a verb. What goes wrong with single things it adds to the problems it is given, which are told at once; what ends it is
    /// told here. Whether anything was told decides the exit code, so that no verb can fail without a word, or with one and succeed.
    /// </summary>
    internal static async Task<int> OfAsync(Func<Problems, Task> verb)
    {
        var problems = new Problems(Terminal.Complain);
        try
        {
            Libsodium.EnsureAvailable();
            await verb(problems);
        }
        catch (UsageException e)
        {
            Terminal.Complain(e.Message);
            return Usage;
        }
        catch (OperationCanceledException)
        {
            problems.Add("Cancelled. Running the command again continues where it stopped.");
        }
        catch (Exception e) when (Explanation.Of(e) is { } message)
        {
            problems.Add(message);
        }
        return problems.Any ? Failed : Ok;
    }
}

/// <summary>The command cannot be carried out as it was given.</summary>
internal sealed class UsageException(string message) : Exception(message);
