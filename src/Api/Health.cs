using Npgsql;

namespace Ente.Orleans.Api;

/// <summary>GET /ping and /fire/db-m-ping (api/01 §J).</summary>
internal static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/ping", ["GET", "HEAD"], Ping).Requires(Requirement.Anyone);
        routes.MapGet("/fire/db-m-ping", DatabasePing).Requires(Requirement.Anyone);
    }

    private sealed record Response(string Message, string Id)
    {
        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public string? Host { get; init; }
    }

    private static async Task<IResult> Ping(HttpContext http, ApiOptions options, DatabaseConnections database, ILoggerFactory logs)
    {
        var host = Query.Text(http, "host").Length > 0 ? Environment.MachineName : null;
        return await IsUpAsync(database, logs) switch
        {
            true => Answers.Ok(new Response("pong", options.Commit) { Host = host }),
            false => Answers.Bare(StatusCodes.Status500InternalServerError),
            null => TimedOut,
        };
    }

    private static async Task<IResult> DatabasePing(DatabaseConnections database, ILoggerFactory logs) => await IsUpAsync(database, logs) switch
    {
        true => Answers.Empty,
        false => Answers.Coded(StatusCodes.Status500InternalServerError, "INTERNAL_ERROR"),
        null => TimedOut,
    };

    private static IResult TimedOut => new JsonAnswer<object>(StatusCodes.Status408RequestTimeout, new { handler = true });

    /// <summary>Null when the database does not answer in time.</summary>
    private static async Task<bool?> IsUpAsync(DatabaseConnections database, ILoggerFactory logs)
    {
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            await using var command = database.Health.CreateCommand("select 1");
            await command.ExecuteScalarAsync(timeout.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (NpgsqlException e)
        {
            logs.CreateLogger(typeof(Health)).LogWarning("The database does not answer: {Message}", e.Message);
            return false;
        }
    }
}
