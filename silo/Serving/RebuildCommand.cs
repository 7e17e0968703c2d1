using System.CommandLine;
using Ente.Orleans.Api;
using Ente.Orleans.EventStore;
using Ente.Orleans.Projections;
using Ente.Orleans.Silo.Commands;
using Ente.Orleans.Silo.Configuration;
using Serilog;
using Serilog.Events;
using CommandLine = Ente.Orleans.Silo.Configuration.CommandLine;

namespace Ente.Orleans.Silo.Serving;

/// <summary><c>ente-orleans rebuild</c>: makes all tables again from the events and compares; works beside a running server.</summary>
internal static class RebuildCommand
{
    public static Command Create()
    {
        var data = ServeCommand.DataOption();
        var config = ServeCommand.ConfigOption();
        var replace = new Option<bool>("--replace") { Description = "Put the rebuilt tables in the place of the live ones" };
        var command = new Command("rebuild", "Make all tables again from the events, and compare them with the live ones") { replace, data, config };
        command.SetAction((parsed, cancellation) => ServeCommand.OfAsync(() => RunAsync(
            new CommandLine(null, parsed.GetValue(data), parsed.GetValue(config)), parsed.GetValue(replace), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(CommandLine commandLine, bool replace, CancellationToken cancellation)
    {
        var options = SiloOptionsReader.Read(commandLine);
        if (options.Database is null)
            DataDirectory.RequireExisting(options.DataDirectory);
        // Standard output is for the result.
        await using var log = Logs.Create(options.Log with { Level = LogEventLevel.Warning }, toStandardError: true);
        using var logs = LoggerFactory.Create(b => b.AddSerilog(log));
        await using var database = await Database.OpenAsync(options, logs, attach: true, cancellation);
        await Migrator.MigrateAsync(database.Source, EnteApi.Migrations, cancellation);
        var store = new PostgresEventStore(database.Source, StoredEvents.Types(), logs.CreateLogger<PostgresEventStore>());
        try
        {
            var result = await new Rebuilder(database.Source, store, new Horizon(database.Source)).RunAsync(replace, Progress(), cancellation);
            Report(result, replace);
            return result.IsSame || replace ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (RebuildRunningException e)
        {
            throw new StartupException($"{e.Message}; wait for its end", e);
        }
    }

    private static void Report(RebuildResult result, bool replace)
    {
        Console.WriteLine($"{result.Events} events replayed");
        foreach (var (table, rows) in result.Differences.Where(d => d.Value > 0))
            Console.WriteLine($"{table}: {rows} rows differ");
        Console.WriteLine(
            replace ? "The rebuilt tables are in place"
            : result.IsSame ? "All tables are what the events say"
            : "To put the rebuilt tables in place: ente-orleans rebuild --replace");
    }

    private static Progress<long>? Progress() => Console.IsErrorRedirected ? null : new Progress<long>(count => Console.Error.Write($"\r{count} events "));
}
