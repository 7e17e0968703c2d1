using System.Globalization;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Ente.Orleans.Api.Access;

/// <summary>Tells all silos over the database that sessions have ended: each remembers for a minute who is signed in.</summary>
internal sealed class SessionEndings(DatabaseConnections database, ILogger<SessionEndings> log)
{
    public const string Channel = "ente_sessions_ended";

    public Task TellOfSessionAsync(string tokenHash, CancellationToken cancellation) => TellAsync("session " + tokenHash, cancellation);

    public Task TellOfUserAsync(long userId, CancellationToken cancellation) =>
        TellAsync("user " + userId.ToString(CultureInfo.InvariantCulture), cancellation);

    private async Task TellAsync(string what, CancellationToken cancellation)
    {
        try
        {
            await using var command = database.Requests.CreateCommand($"select pg_notify('{Channel}', $1)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = what });
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (NpgsqlException e)
        {
            // The session has ended all the same; other silos find out within the minute that they remember it.
            log.LogWarning("Other silos were not told of an ended session: {Reason}", e.Message);
        }
    }
}

/// <summary>Listens for sessions that ended on other silos.</summary>
internal sealed class SessionEndingsListener(DatabaseConnections database, Tokens tokens, ILogger<SessionEndingsListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or IOException && !stoppingToken.IsCancellationRequested)
            {
                log.LogDebug("Listening for ended sessions again: {Reason}", e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using var connection = await database.Health.OpenConnectionAsync(cancellation);
        connection.Notification += (_, told) => Take(told.Payload);
        await using (var listen = new NpgsqlCommand($"listen {SessionEndings.Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancellation);

        // What was told while nobody listened is lost.
        tokens.ForgetAll();
        while (true) await connection.WaitAsync(cancellation);
    }

    private void Take(string payload)
    {
        if (payload.Split(' ', 2) is ["session", var hash]) tokens.Forget(hash);
        else if (payload.Split(' ', 2) is ["user", var id] && long.TryParse(id, CultureInfo.InvariantCulture, out var userId)) tokens.ForgetUser(userId);
    }
}
