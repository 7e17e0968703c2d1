using System.CommandLine;
using System.CommandLine.Invocation;
using Ente.Orleans.Silo;
using Ente.Orleans.Silo.Commands;
using Ente.Orleans.Silo.Serving;

var version = new Command("version", "Print the version");
version.SetAction(_ => Console.WriteLine($"ente-orleans {Build.Version}{(Build.Commit.Length > 0 ? $" ({Build.Commit})" : "")}"));
var root = new RootCommand("A storage backend for end-to-end-encrypted data that speaks the protocol of Ente's server")
{
    ServeCommand.Create(),
    version,
};
foreach (var verb in UserCommands.Create())
    root.Add(verb);

var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync("ente-orleans: " + error.Message);
    await Console.Error.WriteLineAsync("Try: ente-orleans --help");
    return ExitCodes.Usage;
}

// Serving handles signals itself: a drain may take longer than the few seconds that other verbs get to stop.
var isServing = parsed.CommandResult.Command.Name == ServeCommand.Name;
return await parsed.InvokeAsync(new InvocationConfiguration
{
    ProcessTerminationTimeout = isServing ? null : TimeSpan.FromSeconds(5),
    EnableDefaultExceptionHandler = false,
});
