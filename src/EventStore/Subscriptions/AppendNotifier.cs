using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>
/// Tells the database's listeners, on channel <c>mt_events_appended</c>, that there is something to read. A NOTIFY inside an append
/// would make all commits of the database queue for one lock; so it is sent afterwards, on its own, and once for all appends of a
/// short while. Losing one costs a listener its poll interval.
/// </summary>
internal sealed class AppendNotifier(NpgsqlDataSource database, ILogger log)
{
    public const string Channel = "mt_events_appended";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly object _gate = new();
    private bool _running;
    private bool _due;

    /// <summary>Something has been committed. Returns at once.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            _due = true;
            if (_running)
                return;
            _running = true;
        }

        _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (!_due)
                {
                    _running = false;
                    return;
                }

                _due = false;
            }

            try
            {
                await SendAsync(database, CancellationToken.None);
            }
            catch (ObjectDisposedException)
            {
                // The data source is gone: the process is going down, and listeners elsewhere poll.
                log.LogDebug("Not notified: the data source has been disposed");
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Listeners could not be notified of new events; they find them when they poll");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Sends the notification.</summary>
    public static async Task SendAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"select store.exempt_from_horizon(), pg_notify('{Channel}', '')");
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
