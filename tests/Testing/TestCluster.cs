using Ente.Orleans.EventStore.Embedded;
using Npgsql;

namespace Ente.Orleans.Testing;

/// <summary>
/// One PostgreSQL cluster per test process, in a temporary directory, without fsync. Stopped and removed when the process ends;
/// what a killed test process leaves behind is removed by the next one that starts.
/// </summary>
public static class TestCluster
{
    private static readonly string Root = Path.Combine("/tmp", "ente-orleans-test-pg");
    private static readonly Lazy<Task<EmbeddedCluster>> Cluster = new(StartAsync);

    /// <summary>The cluster, started on first use.</summary>
    public static Task<EmbeddedCluster> GetAsync() => Cluster.Value;

    /// <summary>Runs a statement in the cluster's own database; for making and dropping others.</summary>
    public static async Task ExecuteAsync(string sql)
    {
        var cluster = await GetAsync();
        await using var command = cluster.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A connection string for another database of the cluster.</summary>
    public static async Task<NpgsqlConnectionStringBuilder> ConnectionToAsync(string database) =>
        new((await GetAsync()).ConnectionString) { Database = database };

    private static async Task<EmbeddedCluster> StartAsync()
    {
        Directory.CreateDirectory(Root);
        await RemoveLeftoversAsync();
        var directory = Path.Combine(Root, Path.GetRandomFileName().Replace(".", ""));
        var cluster = await EmbeddedCluster.StartAsync(Options(directory));
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            cluster.StopAsync().GetAwaiter().GetResult();
            Directory.Delete(directory, recursive: true);
        };
        return cluster;
    }

    // Speed, not safety: what is in there ends with the tests.
    private static EmbeddedClusterOptions Options(string directory) => new()
    {
        Directory = directory,
        StopTimeout = TimeSpan.FromSeconds(5),
        Settings = new Dictionary<string, string>
        {
            ["fsync"] = "off",
            ["full_page_writes"] = "off",
            ["synchronous_commit"] = "off",
            ["max_wal_size"] = "4GB",
            ["autovacuum_naptime"] = "10s",
        },
    };

    // Another test process may be using its cluster or removing the same leftover; both hold its owner lock.
    private static async Task RemoveLeftoversAsync()
    {
        foreach (var directory in Directory.EnumerateDirectories(Root))
        {
            try
            {
                await EmbeddedCluster.StopLeftoverAsync(directory, TimeSpan.FromSeconds(5));
                Directory.Delete(directory, recursive: true);
            }
            catch (Exception e) when (e is EmbeddedClusterException or DirectoryNotFoundException)
            {
                await Console.Error.WriteLineAsync($"Leaving {directory}: {e.Message}");
            }
        }
    }
}
