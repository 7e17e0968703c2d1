using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>
/// A private PostgreSQL cluster, run from the installed programs for as long as this object lives. It listens on a Unix socket
/// in a directory of mode 0700 only, so reaching the socket is the authentication. A server process that dies is started again.
/// </summary>
/// <remarks>
/// One process owns a cluster, by a lock on <c>owner.lock</c> that the kernel drops when the process dies. A server left behind by
/// a killed owner is shut down first and started anew: a child can be watched and restarted, an orphan cannot.
/// </remarks>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private const string Superuser = "ente";
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly EmbeddedClusterOptions _options;
    private readonly ILogger _log;
    private readonly FileStream? _owner;
    private readonly PostgresBinaries _binaries;
    private readonly ServiceUser? _user;
    private readonly string _socketDirectory;
    private readonly CancellationTokenSource _stopping = new();
    private readonly object _stopGate = new();
    private ServerProcess? _server;
    private Task _watch = Task.CompletedTask;
    private Task? _stop;

    private EmbeddedCluster(
        EmbeddedClusterOptions options, ILogger log, FileStream? owner, PostgresBinaries binaries, ServiceUser? user, string socketDirectory)
    {
        (_options, _log, _owner, _binaries, _user, _socketDirectory) = (options, log, owner, binaries, user, socketDirectory);
        BinDirectory = binaries.Directory;
        ConnectionString = ConnectionDefaults.Apply(new NpgsqlConnectionStringBuilder
        {
            Host = socketDirectory,
            Username = Superuser,
            Database = options.Database,
        });
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>Connection string of the cluster's database; it holds no secret.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections to the cluster's database; closed by <see cref="StopAsync"/>.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Process id of the PostgreSQL server, 0 when none runs at this moment.</summary>
    public int ServerProcessId => Postmaster.Read(DataDirectory)?.Pid ?? 0;

    /// <summary>The cluster's directory, absolute.</summary>
    public string Directory => _options.Directory;

    /// <summary>Where the programs it runs are, and with them <c>psql</c>, <c>pg_dump</c> and the like.</summary>
    public string BinDirectory { get; }

    private string DataDirectory => DataDirectoryOf(_options.Directory);

    /// <summary>
    /// Starts the cluster, made on first use, and returns when its database answers.
    /// </summary>
    /// <exception cref="EmbeddedClusterException">It cannot be run; the message says what to do.</exception>
    public static async Task<EmbeddedCluster> StartAsync(
        EmbeddedClusterOptions options, ILogger? log = null, CancellationToken cancellation = default)
    {
        options = options with { Directory = Path.GetFullPath(options.Directory) };
        log ??= NullLogger.Instance;
        var owner = Lock(options.Directory);
        if (owner is null)
            return await AttachAsync(options, log, cancellation);
        try
        {
            return await StartOwnedAsync(options, log, owner, cancellation);
        }
        catch
        {
            await owner.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Stops the server that a killed process may have left running in a cluster's directory; the data stays.
    /// </summary>
    /// <exception cref="EmbeddedClusterException">A living process runs that cluster.</exception>
    public static async Task StopLeftoverAsync(string directory, TimeSpan bound, ILogger? log = null)
    {
        directory = Path.GetFullPath(directory);
        await using var owner = Lock(directory) ?? throw RunByAnother(directory);
        await StopLeftoverServerAsync(DataDirectoryOf(directory), bound, log ?? NullLogger.Instance);
    }

    /// <summary>
    /// Shuts the server down (fast: sessions end, nothing committed is lost) and after <see cref="EmbeddedClusterOptions.StopTimeout"/>
    /// the hard way. Safe to call more than once, and from several threads.
    /// </summary>
    public Task StopAsync()
    {
        lock (_stopGate)
            return _stop ??= StopOnceAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private static string DataDirectoryOf(string directory) => Path.Combine(directory, "data");

    private static async Task<EmbeddedCluster> AttachAsync(EmbeddedClusterOptions options, ILogger log, CancellationToken cancellation)
    {
        var server = Postmaster.Read(DataDirectoryOf(options.Directory));
        if (!options.AttachToRunning || server is null || server.SocketDirectory.Length == 0)
            throw RunByAnother(options.Directory);
        var attached = new EmbeddedCluster(
            options, log, owner: null, PostgresBinaries.Find(options.BinDirectory, DataDirectoryOf(options.Directory)), user: null,
            server.SocketDirectory);
        await using var probe = await attached.DataSource.OpenConnectionAsync(cancellation);
        return attached;
    }

    private static EmbeddedClusterException RunByAnother(string directory) =>
        new($"Another process runs the cluster in {directory}; stop it first, or use another data directory");

    private static async Task<EmbeddedCluster> StartOwnedAsync(
        EmbeddedClusterOptions options, ILogger log, FileStream owner, CancellationToken cancellation)
    {
        var data = DataDirectoryOf(options.Directory);
        var binaries = PostgresBinaries.Find(options.BinDirectory, data);
        var user = await ServiceUser.ForThisProcessAsync(cancellation);
        await StopLeftoverServerAsync(data, options.StopTimeout, log);
        var sockets = SocketDirectory.Make(options.Directory);
        await user.TakeOverAsync([sockets, .. System.IO.Directory.Exists(data) ? new[] { data } : []], cancellation);
        await InitialiseAsync(options.Directory, data, binaries, user, log, cancellation);

        var cluster = new EmbeddedCluster(options, log, owner, binaries, user, sockets);
        try
        {
            cluster._server = await cluster.LaunchAsync(cancellation);
            await cluster.EnsureDatabaseAsync(cancellation);
            cluster._watch = Task.Run(cluster.WatchAsync, CancellationToken.None);
            return cluster;
        }
        catch
        {
            await cluster.StopAsync();
            throw;
        }
    }

    // Null: another living process holds it. FileShare.None is flock(2), so a dead owner holds nothing.
    private static FileStream? Lock(string directory)
    {
        try
        {
            System.IO.Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw NotWritable(directory, e);
        }

        try
        {
            return new FileStream(Path.Combine(directory, "owner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw NotWritable(directory, e);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            if (!File.Exists(Path.Combine(directory, "owner.lock")))
                throw NotWritable(directory, e);
            return null;
        }

        static EmbeddedClusterException NotWritable(string directory, Exception e) =>
            new($"{directory} cannot be written by user {Environment.UserName}; change its owner, or choose another data directory", e);
    }

    // The owner lock is ours, so whoever started a server that still runs here is dead.
    private static async Task StopLeftoverServerAsync(string data, TimeSpan bound, ILogger log)
    {
        if (Postmaster.Read(data) is not { } leftover)
            return;
        if (leftover.IsRunning(data))
        {
            log.LogWarning("Stopping the PostgreSQL server (process {Pid}) that a killed process left in {Directory}", leftover.Pid, data);
            await leftover.StopAsync(data, bound);
        }
        else if (leftover.PidIsTaken)
        {
            // PostgreSQL would take the stranger for a server and refuse (usual in containers, where process ids repeat).
            log.LogInformation("Removing the stale {File}: process {Pid} is no PostgreSQL server", Postmaster.FileOf(data), leftover.Pid);
            File.Delete(Postmaster.FileOf(data));
        }

        SocketDirectory.RemoveFallback(leftover.SocketDirectory);
    }

    private static async Task InitialiseAsync(
        string directory, string data, PostgresBinaries binaries, ServiceUser user, ILogger log, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(data, "PG_VERSION")))
        {
            await user.RequireWritableAsync(data, cancellation);
            return;
        }

        if (System.IO.Directory.Exists(data) && System.IO.Directory.EnumerateFileSystemEntries(data).Any())
            throw new EmbeddedClusterException($"{data} holds files but no PostgreSQL data; empty it, or choose another data directory");

        // Made beside and renamed, so that an interrupted initdb leaves nothing that looks like a cluster.
        var made = data + ".new";
        if (System.IO.Directory.Exists(made))
            System.IO.Directory.Delete(made, recursive: true);
        SocketDirectory.MakePrivate(made);
        await user.TakeOverAsync([made], cancellation);
        await user.RequireWritableAsync(made, cancellation);
        log.LogInformation("Making a PostgreSQL {Major} cluster in {Directory}", binaries.Major, data);
        foreach (var locale in new[] { "C.UTF-8", "C" })
        {
            var (code, output) = await ServiceUser.RunAsync(
                user.Start("/", detached: false,
                [
                    binaries.InitDb, "-D", made, "-U", Superuser, "--encoding=UTF8", $"--locale={locale}", "--data-checksums",
                    "--auth-local=trust", "--auth-host=reject",
                ]),
                cancellation);
            if (code == 0)
                break;
            if (locale == "C")
                throw new EmbeddedClusterException(
                    $"initdb could not make a cluster in {data}: {ServiceUser.LastLine(output)}; free space there, or choose another directory");
        }

        if (System.IO.Directory.Exists(data))
            System.IO.Directory.Delete(data);
        System.IO.Directory.Move(made, data);
    }

    private async Task<ServerProcess> LaunchAsync(CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string>(EmbeddedClusterOptions.Defaults);
        foreach (var (name, value) in _options.Settings)
            settings[name] = value;
        settings["listen_addresses"] = "";
        settings["port"] = "5432";
        settings["unix_socket_directories"] = _socketDirectory;
        settings["unix_socket_permissions"] = "0700";
        var command = new List<string> { _binaries.Postgres, "-D", DataDirectory };
        foreach (var (name, value) in settings)
            command.AddRange(["-c", $"{name}={value}"]);

        var deadline = Environment.TickCount64 + (long)_options.StartTimeout.TotalMilliseconds;
        while (true)
        {
            var server = ServerProcess.Start(_user!.Start("/", detached: true, command), _log);
            try
            {
                if (await ReadyAsync(server, deadline, cancellation))
                    return server;
                // Sessions of a killed server end a moment after it; until then its shared memory is taken.
                if (!server.Output.Contains("is still in use", StringComparison.Ordinal) || Environment.TickCount64 > deadline)
                    throw new EmbeddedClusterException(
                        $"PostgreSQL does not start in {DataDirectory}: {server.Complaint}; see the log above, then start again");
                server.Dispose();
                await Task.Delay(200, cancellation);
            }
            catch
            {
                server.Kill();
                server.Dispose();
                throw;
            }
        }
    }

    // True: accepts connections; false: has ended.
    private async Task<bool> ReadyAsync(ServerProcess server, long deadline, CancellationToken cancellation)
    {
        while (true)
        {
            if (server.HasExited)
            {
                await server.Ended;
                return false;
            }

            if (Postmaster.Read(DataDirectory) is { Status: "ready" } found && found.IsRunning(DataDirectory))
                return true;
            if (Environment.TickCount64 > deadline)
                throw new EmbeddedClusterException(
                    $"PostgreSQL in {DataDirectory} is not ready after {_options.StartTimeout.TotalSeconds:0} s; let it recover longer (start timeout)");
            await Task.Delay(10, cancellation);
        }
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancellation)
    {
        // Asked for rather than tried: PostgreSQL would log a failed connection as FATAL, which frightens at every first start.
        var maintenance = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
        find.Parameters.Add(new NpgsqlParameter { Value = _options.Database });
        if (await find.ExecuteScalarAsync(cancellation) is not null)
            return;
        await using var create = new NpgsqlCommand($"create database \"{_options.Database.Replace("\"", "\"\"")}\"", connection);
        await create.ExecuteNonQueryAsync(cancellation);
    }

    private async Task WatchAsync()
    {
        var backOff = TimeSpan.FromMilliseconds(250);
        while (!_stopping.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            if (_server is not null)
            {
                await _server.Ended;
                if (_stopping.IsCancellationRequested)
                    return;
                _log.LogError("The PostgreSQL server in {Directory} has died ({Complaint}); starting it again", DataDirectory, _server.Complaint);
                _server.Dispose();
                _server = null;
            }

            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                backOff = TimeSpan.FromMilliseconds(250);
            try
            {
                await Task.Delay(backOff, _stopping.Token);
                _server = await LaunchAsync(_stopping.Token);
                _log.LogWarning("The PostgreSQL server in {Directory} runs again", DataDirectory);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _log.LogError(e, "The PostgreSQL server in {Directory} could not be started again; next attempt in {Seconds:0.#} s",
                    DataDirectory, backOff.TotalSeconds * 2);
            }

            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }
    }

    private async Task StopOnceAsync()
    {
        await DataSource.DisposeAsync();
        if (_owner is null)
            return;
        await _stopping.CancelAsync();
        if (Postmaster.Read(DataDirectory) is { } server && server.IsRunning(DataDirectory)
            && !await server.StopAsync(DataDirectory, _options.StopTimeout))
            _log.LogWarning("The PostgreSQL server in {Directory} did not stop in time and was ended; it recovers at the next start", DataDirectory);
        await _watch;
        if (_server is not null)
        {
            await _server.Ended;
            _server.Dispose();
        }

        SocketDirectory.RemoveFallback(_socketDirectory);
        await _owner.DisposeAsync();
    }
}
