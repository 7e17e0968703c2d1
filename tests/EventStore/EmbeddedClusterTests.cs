using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Ente.Orleans.EventStore.Embedded;
using Ente.Orleans.Testing;
using Npgsql;
using Xunit;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>On real clusters, each in a directory of its own.</summary>
[SupportedOSPlatform("linux")]
public sealed class EmbeddedClusterTests : IAsyncLifetime
{
    private const string Root = "/tmp/ente-orleans-test-own";
    private readonly string _directory = Path.Combine(Root, $"{Environment.ProcessId}-{Path.GetRandomFileName().Replace(".", "")}");

    // initdb takes most of a test's time, so most tests begin with a copy of one cluster.
    private static readonly Lazy<Task<string>> Prepared = new(async () =>
    {
        var directory = Path.Combine(await TestCluster.ScratchAsync(), "prepared");
        await using var cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = directory });
        await ExecuteAsync(cluster, "create table kept (id int); insert into kept values (7)");
        return directory;
    });

    // Removes what killed test processes left.
    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Root);
        foreach (var left in Directory.EnumerateDirectories(Root).Where(d => !Directory.Exists("/proc/" + Path.GetFileName(d).Split('-')[0])))
        {
            await EmbeddedCluster.StopLeftoverAsync(left, TimeSpan.FromSeconds(5));
            Directory.Delete(left, recursive: true);
        }
    }

    public async Task DisposeAsync()
    {
        if (!Directory.Exists(_directory))
            return;
        await EmbeddedCluster.StopLeftoverAsync(_directory, TimeSpan.FromSeconds(5));
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_cluster_is_made_once_durable_and_private_and_keeps_its_data()
    {
        await using (var cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = _directory }))
        {
            Assert.Equal(
                ["on", "on", "on", "on", "128MB", "200", "", "UTF8", "UTC"],
                await SettingsAsync(cluster, "fsync", "synchronous_commit", "full_page_writes", "data_checksums", "shared_buffers", "max_connections",
                    "listen_addresses", "server_encoding", "timezone"));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_directory, "run")));
            await ExecuteAsync(cluster, "create table kept (id int); insert into kept values (7)");
        }

        Assert.False(File.Exists(Path.Combine(_directory, "data", "postmaster.pid")));
        var options = new EmbeddedClusterOptions
        {
            Directory = _directory,
            Settings = new Dictionary<string, string> { ["max_connections"] = "33" },
        };
        await using var again = await EmbeddedCluster.StartAsync(options);
        Assert.Equal(7, await ScalarAsync<int>(again, "select id from kept"));
        Assert.Equal(["33"], await SettingsAsync(again, "max_connections"));
    }

    [Fact]
    public async Task A_second_owner_is_refused_and_a_guest_attaches()
    {
        var options = await PreparedAsync();
        await using var cluster = await EmbeddedCluster.StartAsync(options);
        Assert.Contains(
            "Another process", (await Assert.ThrowsAsync<EmbeddedClusterException>(() => EmbeddedCluster.StartAsync(options))).Message);
        await using (var guest = await EmbeddedCluster.StartAsync(options with { AttachToRunning = true }))
            Assert.Equal(1, await ScalarAsync<int>(guest, "select 1"));
        Assert.Equal(1, await ScalarAsync<int>(cluster, "select 1"));
    }

    [Fact]
    public async Task A_server_that_dies_is_started_again()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(await PreparedAsync());
        var first = cluster.ServerProcessId;
        Process.GetProcessById(first).Kill();

        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(20) && (cluster.ServerProcessId == first || !await AnswersAsync()))
            await Task.Delay(50);
        Assert.NotEqual(first, cluster.ServerProcessId);
        Assert.Equal(7, await ScalarAsync<int>(cluster, "select id from kept"));

        async Task<bool> AnswersAsync()
        {
            try
            {
                return await ScalarAsync<int>(cluster, "select 1") == 1;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_server_left_running_by_a_killed_owner_is_replaced()
    {
        var options = await PreparedAsync();
        // What a killed owner leaves: a server that runs, and nobody who holds the owner lock.
        await StartServerByHandAsync();
        var orphan = int.Parse((await File.ReadAllLinesAsync(Path.Combine(_directory, "data", "postmaster.pid")))[0], CultureInfo.InvariantCulture);

        await using var cluster = await EmbeddedCluster.StartAsync(options);
        Assert.Equal(7, await ScalarAsync<int>(cluster, "select id from kept"));
        Assert.NotEqual(orphan, cluster.ServerProcessId);
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_a_stranger_is_no_obstacle()
    {
        var options = await PreparedAsync();
        var file = Path.Combine(_directory, "data", "postmaster.pid");
        await File.WriteAllTextAsync(file, $"{Environment.ProcessId}\n{_directory}/data\n1\n5432\n{_directory}/run\n\n  1 1\nready   \n");
        await using var cluster = await EmbeddedCluster.StartAsync(options);
        Assert.Equal(1, await ScalarAsync<int>(cluster, "select 1"));
    }

    [Fact]
    public async Task A_long_path_gets_a_short_socket_directory()
    {
        var options = await PreparedAsync(Path.Combine(_directory, new string('x', 60), new string('y', 60)));
        string sockets;
        await using (var cluster = await EmbeddedCluster.StartAsync(options))
        {
            sockets = new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Host!;
            Assert.StartsWith("/tmp/", sockets);
            await using var guest = await EmbeddedCluster.StartAsync(options with { AttachToRunning = true });
            Assert.Equal(1, await ScalarAsync<int>(guest, "select 1"));
        }

        Assert.False(Directory.Exists(sockets));
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "data", "PG_VERSION"), "9\n");
        var error = await Assert.ThrowsAsync<EmbeddedClusterException>(
            () => EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = _directory }));
        Assert.Contains("apt-get install postgresql-9", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Missing_programs_name_the_package()
    {
        var error = await Assert.ThrowsAsync<EmbeddedClusterException>(
            () => EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = _directory, BinDirectory = "/nowhere" }));
        Assert.Contains("apt-get install postgresql", error.Message);
    }

    [Fact]
    public async Task A_setting_that_does_not_work_is_told()
    {
        var options = await PreparedAsync();
        var error = await Assert.ThrowsAsync<EmbeddedClusterException>(() => EmbeddedCluster.StartAsync(options with
        {
            Settings = new Dictionary<string, string> { ["no_such_setting"] = "1" },
        }));
        Assert.Contains("no_such_setting", error.Message);
    }

    [Fact]
    public async Task Foreign_files_are_not_touched()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "data"));
        var file = Path.Combine(_directory, "data", "holiday.jpg");
        await File.WriteAllTextAsync(file, "x");
        await Assert.ThrowsAsync<EmbeddedClusterException>(() => EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = _directory }));
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_told()
    {
        Directory.CreateDirectory(_directory);
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "x");
        var error = await Assert.ThrowsAsync<EmbeddedClusterException>(
            () => EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = Path.Combine(file, "below") }));
        Assert.Contains("choose another data directory", error.Message);
    }

    [Fact]
    public async Task A_directory_that_the_servers_user_cannot_reach_is_told()
    {
        // Only a root process hands the server to another user.
        if (!Environment.IsPrivilegedProcess)
            return;
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var error = await Assert.ThrowsAsync<EmbeddedClusterException>(
            () => EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = Path.Combine(_directory, "below") }));
        Assert.Contains("chmod o+x", error.Message);
    }

    /// <summary>Options for a cluster that exists already, with a table <c>kept</c> that holds 7.</summary>
    private async Task<EmbeddedClusterOptions> PreparedAsync(string? directory = null)
    {
        var options = new EmbeddedClusterOptions { Directory = directory ?? _directory };
        Directory.CreateDirectory(options.Directory);
        using var copy = Process.Start(new ProcessStartInfo("cp", ["-a", Path.Combine(await Prepared.Value, "data"), options.Directory])
        {
            UseShellExecute = false,
        })!;
        await copy.WaitForExitAsync();
        Assert.Equal(0, copy.ExitCode);
        return options;
    }

    private async Task StartServerByHandAsync()
    {
        var bin = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin/pg_ctl";
        string[] command =
        [
            bin, "-D", Path.Combine(_directory, "data"), "-w", "-s", "-l", "/dev/null", "-o",
            $"-c listen_addresses='' -c unix_socket_directories={_directory}/data", "start",
        ];
        if (Environment.IsPrivilegedProcess)
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", .. command];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static async Task<List<string>> SettingsAsync(EmbeddedCluster cluster, params string[] names)
    {
        var values = new List<string>();
        foreach (var name in names)
            values.Add(await ScalarAsync<string>(cluster, $"select current_setting('{name}')"));
        return values;
    }

    private static async Task ExecuteAsync(EmbeddedCluster cluster, string sql)
    {
        await using var command = cluster.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ScalarAsync<T>(EmbeddedCluster cluster, string sql)
    {
        await using var command = cluster.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
