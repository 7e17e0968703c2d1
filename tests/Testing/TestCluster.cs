using System.Diagnostics;
using Ente.Orleans.EventStore.Embedded;
using Npgsql;

namespace Ente.Orleans.Testing;

/// <summary>
/// One PostgreSQL cluster per test process, in a temporary directory, without fsync. Stopped and removed when the process ends,
/// killed or not; what a crash of the machine leaves behind is removed by the next test process.
/// </summary>
public static class TestCluster
{
    private static readonly string Root = Path.Combine("/tmp", "ente-orleans-test-pg");
    private static readonly Lazy<Task<EmbeddedCluster>> Cluster = new(StartAsync);

    // Held: its finalizer would close the pipe.
    private static Process? _tidier;

    /// <summary>The cluster, started on first use.</summary>
    public static Task<EmbeddedCluster> GetAsync() => Cluster.Value;

    /// <summary>A directory for files of this test process; removed with the cluster.</summary>
    public static async Task<string> ScratchAsync()
    {
        var cluster = await GetAsync();
        return Directory.CreateDirectory(Path.Combine(cluster.Directory, "scratch")).FullName;
    }

    /// <summary>Runs a statement in the cluster's own database; for making and dropping others.</summary>
    public static async Task ExecuteAsync(string sql)
    {
        var cluster = await GetAsync();
        await using var command = cluster.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Autovacuum ends transactions of its own at any moment, which a test of transaction ids cannot have.</summary>
    public static async Task AutovacuumAsync(bool on)
    {
        await ExecuteAsync($"alter system set autovacuum = {(on ? "on" : "off")}");
        await ExecuteAsync("select pg_reload_conf()");
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
        RemoveWhenThisProcessEnds(directory);
        return cluster;
    }

    // The runner gives a test process no time to tidy up and may kill it. A child that waits for the end of its input, which comes
    // with our end whatever that is, does it instead.
    private static void RemoveWhenThisProcessEnds(string directory)
    {
        const string script = """
            exec >/dev/null 2>&1
            cat
            read pid < "$1/data/postmaster.pid"
            kill -INT "$pid"
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" || break; sleep 0.1; done
            kill -KILL "$pid"
            rm -rf "$1"
            """;
        _tidier = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", script, "sh", directory])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        });
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
            catch (Exception e) when (e is EmbeddedClusterException or IOException)
            {
                await Console.Error.WriteLineAsync($"Leaving {directory}: {e.Message}");
            }
        }
    }
}
