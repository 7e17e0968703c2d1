using System.CommandLine;
using Ente.Orleans.EventStore;
using Ente.Orleans.EventStore.Embedded;
using Ente.Orleans.Silo.Commands;
using Ente.Orleans.Silo.Configuration;
using CommandLine = Ente.Orleans.Silo.Configuration.CommandLine;

namespace Ente.Orleans.Silo.Serving;

/// <summary><c>ente-orleans serve</c>: runs the server until SIGTERM or Ctrl-C.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static Command Create()
    {
        var port = new Option<int?>("--port") { Description = "Port to listen on (8080 unless configured)", HelpName = "N" };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var n) || n is < 1 or > 65535))
                result.AddError($"--port: '{result.Tokens[0].Value}' is not a number from 1 to 65535");
        });
        var data = DataOption();
        var config = ConfigOption();
        var command = new Command(Name, "Run the server") { port, data, config };
        command.SetAction((parsed, _) =>
            RunAsync(new CommandLine(parsed.GetValue(port), parsed.GetValue(data), parsed.GetValue(config))));
        return command;
    }

    internal static Option<string?> DataOption() =>
        new("--data") { Description = "Directory of everything the server keeps (./data)", HelpName = "DIR" };

    internal static Option<string?> ConfigOption() => new("--config") { Description = "Settings, in the reference server's YAML", HelpName = "FILE" };

    /// <summary>Runs an operator's verb; what keeps it from its work becomes one line on standard error and exit code 1.</summary>
    internal static async Task<int> OfAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (Exception e) when (e is StartupException or EmbeddedClusterException or MigrationException)
        {
            await Console.Error.WriteLineAsync("ente-orleans: " + e.Message.ReplaceLineEndings(" "));
            return ExitCode.Failed;
        }
    }

    private static Task<int> RunAsync(CommandLine commandLine) => OfAsync(async () =>
    {
        using var signals = new TerminationSignals();
        try
        {
            await Server.RunAsync(SiloOptionsReader.Read(commandLine), signals.Asked);
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            // Asked to end while it was starting: nothing to finish.
        }

        return ExitCode.Ok;
    });
}
