using System.CommandLine;
using System.CommandLine.Invocation;
using Ente.Orleans.Silo;
using Ente.Orleans.Silo.Serving;

var version = new Command("version", "Print the version");
version.SetAction(_ => Console.WriteLine($"ente-orleans {Build.Version}{(Build.Commit.Length > 0 ? $" ({Build.Commit})" : "")}"));
var root = new RootCommand("A storage backend for end-to-end-encrypted data that speaks the protocol of Ente's server")
{
    ServeCommand.Create(),
    version,
};

var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync("ente-orleans: " + error.Message);
    await Console.Error.WriteLineAsync("Try: ente-orleans --help");
    return ExitCodes.Usage;
}

// Verbs handle signals themselves; the library would end the process two seconds after the first one.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
