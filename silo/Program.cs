using System.CommandLine;
using System.CommandLine.Invocation;
using Ente.Orleans.Silo.Commands;
using Ente.Orleans.Silo.Serving;

var version = new Command("version", "Print the version");
version.SetAction(_ => Console.WriteLine($"ente-orleans {Build.Version}{(Build.Commit.Length > 0 ? $" ({Build.Commit})" : "")}"));
var root = new RootCommand("A storage backend for end-to-end-encrypted data that speaks the protocol of Ente's server")
{
    ServeCommand.Create(),
    RebuildCommand.Create(),
    version,
};
foreach (var verb in UserCommands.Create())
    root.Subcommands.Add(verb);

var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync("ente-orleans: " + error.Message);
    await Console.Error.WriteLineAsync("Try: ente-orleans --help");
    return ExitCode.Usage;
}

// The server drains by itself, from the first moment of its start on; a verb that is cut short gets a moment to tidy up.
var patience = parsed.CommandResult.Command.Name == ServeCommand.Name ? (TimeSpan?)null : TimeSpan.FromSeconds(10);
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = patience, EnableDefaultExceptionHandler = false });
