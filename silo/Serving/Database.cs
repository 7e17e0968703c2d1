using System.Diagnostics;
using Ente.Orleans.Api.Budgets;
using Ente.Orleans.EventStore.Embedded;
using Ente.Orleans.Silo.Configuration;
using Npgsql;

namespace Ente.Orleans.Silo.Serving;

/// <summary>The database of this server for as long as it runs: an embedded cluster, or one elsewhere.</summary>
internal sealed class Database : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly EmbeddedCluster? _cluster;

    private Database(NpgsqlDataSource source, string connectionString, EmbeddedCluster? cluster) =>
        (Source, Connections, _cluster) = (source, DatabaseConnections.Split(connectionString), cluster);

    /// <summary>For start-up and verbs; requests use <see cref="Connections"/>.</summary>
    public NpgsqlDataSource Source { get; }

    public DatabaseConnections Connections { get; }

    public bool IsEmbedded => _cluster is not null;

    /// <summary>Starts the cluster of the data directory, or waits for the database elsewhere.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="logs">What is done there.</param>
    /// <param name="attach">Whether a cluster that a server runs already will do; it is then left running.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="EmbeddedClusterException">The cluster cannot be run.</exception>
    /// <exception cref="StartupException">The database does not answer in time, or refuses.</exception>
    public static async Task<Database> OpenAsync(SiloOptions options, ILoggerFactory logs, bool attach, CancellationToken cancellation)
    {
        if (options.Database is null)
        {
            var log = logs.CreateLogger<EmbeddedCluster>();
            var cluster = await EmbeddedCluster.StartAsync(
                new EmbeddedClusterOptions
                {
                    Directory = ClusterDirectory.Of(options.DataDirectory, log),
                    BinDirectory = options.PostgresPrograms,
                    AttachToRunning = attach,
                },
                log, cancellation);
            return new Database(cluster.DataSource, cluster.ConnectionString, cluster);
        }

        var source = NpgsqlDataSource.Create(options.Database);
        try
        {
            await WaitAsync(source, options.DatabasePatience, logs.CreateLogger<Database>(), cancellation);
            return new Database(source, options.Database, cluster: null);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in (ReadOnlySpan<NpgsqlDataSource>)[Connections.Requests, Connections.Commits, Connections.Health])
            source.Dispose();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        else
            await Source.DisposeAsync();
    }

    private static async Task WaitAsync(NpgsqlDataSource source, TimeSpan patience, ILogger log, CancellationToken cancellation)
    {
        var where = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellation);
                return;
            }
            // Starting up or shutting down; every other answer of a server stays the same however long one waits.
            catch (PostgresException e) when (e.SqlState is not (PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown))
            {
                throw new StartupException(
                    $"The database {where.Database} at {where.Host}:{where.Port} refuses user {where.Username}: {e.MessageText}; see the db settings", e);
            }
            catch (NpgsqlException e)
            {
                if (Stopwatch.GetElapsedTime(started) >= patience)
                    throw new StartupException(
                        $"The database at {where.Host}:{where.Port} does not answer for {patience.TotalSeconds:0} s: {Reason(e)}; "
                        + "start it, or correct db.host and db.port", e);
                if (attempt == 0)
                    log.LogWarning(
                        "Waiting up to {Seconds:0} s for the database at {Host}:{Port}: {Reason}",
                        patience.TotalSeconds, where.Host, where.Port, Reason(e));
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    private static string Reason(NpgsqlException e) => (e.InnerException ?? e).Message.ReplaceLineEndings(" ").TrimEnd('.');
}
