using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>signup EMAIL</c>: makes an account, and shows the recovery key once.</summary>
internal static class SignupCommand
{
    private const int MinimumPasswordLength = 8;

    public static Command Create()
    {
        var email = new Argument<string>("EMAIL") { Description = "Address of the new account." };
        var server = AccountSelection.Server();
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read the password from the first line of standard input." };
        var command = new Command("signup", "Create an account. The recovery key is written to standard output; keep it safe.") { email, server, passwordStdin };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var password = Terminal.AskPassword("Password", parsed.GetValue(passwordStdin), isNew: true);
            if (password.Length < MinimumPasswordLength)
                throw new UsageException($"The password must have at least {MinimumPasswordLength} characters: it alone protects the keys.");
            var store = CredentialStore.Default();
            store.RequireWritable();
            using var http = new EnteClient(AccountSelection.ServerOrDefault(parsed.GetValue(server)));
            var account = await new AccountFlows(http).SignUpAsync(
                parsed.GetRequiredValue(email), password, new TerminalPrompts(), cancellationToken: cancellation);
            // First of all: the account exists from now on, and nothing that fails after this may keep the words back.
            Console.Error.WriteLine("These 24 words open the account if the password is forgotten. They are not shown again:");
            Console.Out.WriteLine(account.RecoveryMnemonic);
            store.Save(account.Session);
            Console.Error.WriteLine($"Signed up and logged in: {account.Session}.");
        }));
        return command;
    }
}
