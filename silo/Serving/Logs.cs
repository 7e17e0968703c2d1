using Ente.Orleans.Silo.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Ente.Orleans.Silo.Serving;

/// <summary>The log on standard output: text for people, or one JSON object a line.</summary>
internal static class Logs
{
    private const string Template = "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static Logger Create(LogOptions options, bool toStandardError = false)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(options.Level)
            .MinimumLevel.Override("Microsoft", Most(LogEventLevel.Warning, options.Level))
            .MinimumLevel.Override("Npgsql", Most(LogEventLevel.Warning, options.Level))
            // Its scope puts the request's path on every line within a request, and paths may hold tokens.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            .Enrich.FromLogContext();
        LogEventLevel? errorsFrom = toStandardError ? LogEventLevel.Verbose : null;
        if (toStandardError) Console.SetError(WholeLines(Console.OpenStandardError()));
        else Console.SetOut(WholeLines(Console.OpenStandardOutput()));
        configuration = options.Json
            ? configuration.WriteTo.Console(new JsonLines(), standardErrorFromLevel: errorsFrom)
            : configuration.WriteTo.Console(
                outputTemplate: Template, formatProvider: System.Globalization.CultureInfo.InvariantCulture, standardErrorFromLevel: errorsFrom);
        return configuration.CreateLogger();
    }

    // The console's own writers pass text on in pieces of 256 bytes: whoever kills the server would leave half a line, and a child
    // that writes to the same pipe would go on in the middle of it.
    private static StreamWriter WholeLines(Stream stream) => new(stream, new System.Text.UTF8Encoding(false), 64 * 1024) { AutoFlush = true };

    private static LogEventLevel Most(LogEventLevel a, LogEventLevel b) => a > b ? a : b;
}
