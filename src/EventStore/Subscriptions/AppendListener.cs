using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>Wakes those who wait for events, by LISTEN on one connection for all of them.</summary>
internal sealed class AppendListener(NpgsqlDataSource database, SubscriptionOptions options, ILogger log)
{
    private TaskCompletionSource _next = Fresh();

    /// <summary>Completes at the next notification after this property was read.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Listens until cancelled; connects again when the connection is lost.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancellation);
                connection.Notification += (_, _) => Wake();
                await ExecuteAsync(connection, $"listen {AppendNotifier.Channel}", cancellation);
                try
                {
                    // What was sent while nobody listened.
                    Wake();
                    failures = 0;
                    while (true)
                        await connection.WaitAsync(cancellation);
                }
                finally
                {
                    // The connection goes back to the pool, where it must not listen on.
                    if (connection.State == System.Data.ConnectionState.Open)
                        await ExecuteAsync(connection, "unlisten *", CancellationToken.None);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                log.LogWarning(e, "Not listening for new events; polling until the connection is back");
                await Task.Delay(options.PauseAfter(++failures), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Wake() => Interlocked.Exchange(ref _next, Fresh()).TrySetResult();

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
