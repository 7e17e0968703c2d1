using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>login EMAIL</c>: proves the password and keeps token and keys on this machine.</summary>
internal static class LoginCommand
{
    public static Command Create()
    {
        var email = new Argument<string>("EMAIL") { Description = "Address of the account." };
        var server = AccountSelection.Server();
        var passwordStdin = new Option<bool>("--password-stdin")
        {
            Description = "Read the password from the first line of standard input, and codes from the lines after it.",
        };
        var command = new Command("login", "Log in to an account on this machine.") { email, server, passwordStdin };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var password = Terminal.AskPassword("Password", parsed.GetValue(passwordStdin), isNew: false);
            var store = CredentialStore.Default();
            store.RequireWritable();
            using var http = new EnteClient(AccountSelection.ServerOrDefault(parsed.GetValue(server)));
            var session = await new AccountFlows(http).LogInAsync(parsed.GetRequiredValue(email), password, new TerminalPrompts(), cancellation);
            store.Save(session);
            Console.Error.WriteLine($"Logged in: {session}.");
        }));
        return command;
    }
}

/// <summary><c>logout</c>: ends the session and forgets keys and synced state on this machine.</summary>
internal static class LogoutCommand
{
    public static Command Create()
    {
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var everywhere = new Option<bool>("--everywhere") { Description = "End the sessions of all devices, not only of this one." };
        var command = new Command("logout", "Log out and forget the keys on this machine.") { server, account, everywhere };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var store = CredentialStore.Default();
            var session = AccountSelection.Select(store, parsed.GetValue(server), parsed.GetValue(account));
            using var http = session.Connect();
            var flows = new AccountFlows(http);
            if (parsed.GetValue(everywhere))
            {
                // Keys are forgotten only after every session has ended: without them nobody here could try again.
                var ended = await flows.LogOutEverywhereAsync(cancellation);
                store.Delete(session);
                Console.Error.WriteLine($"Logged out on {ended} devices: {session}.");
                return;
            }
            try
            {
                await flows.LogOutAsync(cancellation);
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or EnteApiException)
            {
                // Forgetting the keys here must not depend on the server; what remains there is said.
                if (e is not EnteApiException { Status: System.Net.HttpStatusCode.Unauthorized })
                    Console.Error.WriteLine($"The server was not told, so the session stays open there: {Explanation.Of(e)}");
            }
            store.Delete(session);
            Console.Error.WriteLine($"Logged out: {session}.");
        }));
        return command;
    }
}
