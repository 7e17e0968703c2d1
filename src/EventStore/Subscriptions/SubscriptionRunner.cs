using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>
/// Runs subscriptions in this process, each whenever it holds the subscription's lease; other processes that run the same ones stand
/// by. No event above the <see cref="Horizon"/> is handed out.
/// </summary>
public sealed class SubscriptionRunner
{
    private readonly AppendListener _listener;
    private readonly List<SubscriptionWorker> _workers;

    /// <summary>A runner for subscriptions with different names.</summary>
    public SubscriptionRunner(
        NpgsqlDataSource database, PostgresEventStore store, Horizon horizon, IReadOnlyList<ISubscription> subscriptions,
        SubscriptionOptions? options = null, ILogger? log = null)
    {
        options ??= new SubscriptionOptions();
        log ??= NullLogger.Instance;
        if (subscriptions.Select(s => s.Name).Distinct().Count() < subscriptions.Count)
            throw new ArgumentException("Two subscriptions have one name", nameof(subscriptions));
        _listener = new AppendListener(database, options, log);
        _workers = [.. subscriptions.Select(s => new SubscriptionWorker(s, database, store, horizon, _listener, options, log))];
    }

    /// <summary>
    /// Runs until cancelled, and then gives the leases back. Failures of handlers and of the database are logged and tried again;
    /// they do not end it.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Yielded: a handler that blocks must not keep the others from starting.
        var running = _workers.Select(w => Task.Run(() => w.RunAsync(cancellation), CancellationToken.None)).ToList();
        running.Add(_listener.RunAsync(cancellation));
        await Task.WhenAll(running);
    }
}
