using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Ente.Orleans.Acceptance.Tests.Silos;

/// <summary>
/// The executable as people run it: a child process with a data directory, an embedded PostgreSQL and an embedded object store of
/// its own. It can be killed and started again on the same data and port.
/// </summary>
/// <remarks>
/// <c>ENTE_ORLEANS_EXECUTABLE</c> names another executable to be tested, such as a published one; otherwise it is the one that was
/// built with these tests.
/// </remarks>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    /// <summary>Addresses of this domain get <see cref="Code"/> as their one-time code.</summary>
    public const string Domain = "@acceptance.example";

    /// <summary>No number that a log would show by chance.</summary>
    public const string Code = "907431";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly List<string> _log = [];
    private readonly Process _tidier;
    private Process? _process;
    private int _addresses;

    private SiloProcess(string directory, int port)
    {
        Directory = directory;
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}");
        _tidier = RemoveWhenThisProcessEnds(directory);
    }

    /// <summary>Everything of this silo and of the devices that use it.</summary>
    public string Directory { get; }

    public string DataDirectory => Path.Combine(Directory, "data");

    public int Port { get; }

    public Uri Address { get; }

    /// <summary>What must never be seen in the log.</summary>
    public SeenSecrets Secrets { get; } = new();

    /// <summary>Every answer with a status of 500 or more that a device got, as <c>500 GET /path</c>.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> ServerErrors { get; } = new();

    public static string Executable => Environment.GetEnvironmentVariable("ENTE_ORLEANS_EXECUTABLE") is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "ente-orleans");

    public int ProcessId => Running.Id;

    /// <summary>Process id of the silo's PostgreSQL.</summary>
    public int PostmasterId => int.Parse(File.ReadLines(Path.Combine(DataDirectory, "postgres", "data", "postmaster.pid")).First());

    private Process Running => _process ?? throw new InvalidOperationException("The silo does not run.");

    public static async Task<SiloProcess> StartAsync()
    {
        var directory = Path.Combine(Path.GetTempPath(), "ente-orleans-acceptance-" + Path.GetRandomFileName()[..8]);
        // PostgreSQL runs under a user of its own when the tests run as root, and must reach its directory.
        System.IO.Directory.CreateDirectory(
            directory,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "config.yaml"),
            // The most that an operator can ask to be logged: whatever is kept out of this is kept out of less.
            $"""
            log-level: debug
            log-format: json
            internal:
              hardcoded-ott:
                local-domain-suffix: "{Domain}"
                local-domain-value: "{Code}"
            """);
        var silo = new SiloProcess(directory, FreePort());
        try
        {
            await silo.StartAgainAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process on the data that is there; returns when it answers.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo(
            Executable, ["serve", "--port", $"{Port}", "--data", DataDirectory, "--config", Path.Combine(Directory, "config.yaml")])
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        RemoveSettings(start.Environment);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        await File.WriteAllTextAsync(Path.Combine(Directory, "silo.pid"), $"{_process.Id}\n");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilReadyAsync(StartLimit);
    }

    /// <summary>Waits until the silo says that it can work: it serves, and database and storage answer.</summary>
    public async Task UntilReadyAsync(TimeSpan limit)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            if (Running.HasExited)
                throw new InvalidOperationException($"The silo ended with {Running.ExitCode}:\n{LogTail()}");
            try
            {
                using var answer = await http.GetAsync(new Uri(Address, "/readyz"));
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && waited.Elapsed < limit)
            {
                // Not yet.
            }
            if (waited.Elapsed > limit)
                throw new TimeoutException($"The silo is not ready after {limit.TotalSeconds:0} s:\n{LogTail()}");
        }
    }

    /// <summary><c>kill -9</c> of the silo's process alone; its PostgreSQL is left behind as after any crash.</summary>
    public async Task KillAsync()
    {
        Running.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM, and waits for the end, which must be an orderly one.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM", ProcessId);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Running.WaitForExitAsync(limit.Token);
        var code = Running.ExitCode;
        await EndedAsync();
        if (code != 0)
            throw new InvalidOperationException($"The silo ended with {code}:\n{LogTail()}");
    }

    public static async Task SignalAsync(string signal, int processId)
    {
        // The shell's own: the smallest Debian has no program of that name.
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {processId}"]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"Process {processId} could not be sent {signal}.");
    }

    /// <summary>All that the silo has written, over all its starts.</summary>
    public IReadOnlyList<string> Log()
    {
        lock (_log)
            return [.. _log];
    }

    /// <summary>Waits for the one-time code that is logged after the first <paramref name="after"/> lines of the log.</summary>
    public async Task<string> LoggedCodeAsync(int after)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(20))
        {
            if (Log().Skip(after).Select(l => LoggedCode().Match(l)).FirstOrDefault(m => m.Success) is { } found)
                return found.Groups[1].Value;
        }
        throw new TimeoutException($"No one-time code in the log:\n{LogTail()}");
    }

    /// <summary>A client address of its own for each device: limits by address are no part of these tests.</summary>
    public string NextClientAddress()
    {
        var number = Interlocked.Increment(ref _addresses);
        return $"10.77.{number / 250}.{1 + (number % 250)}";
    }

    /// <summary>Bytes of the silo's memory that were resident at once at most, since <see cref="ForgetPeakMemory"/>.</summary>
    public long PeakMemory => MemoryLine("VmHWM:");

    /// <summary>Bytes of the silo's memory that are resident now.</summary>
    public long Memory => MemoryLine("VmRSS:");

    public void ForgetPeakMemory() => File.WriteAllText($"/proc/{ProcessId}/clear_refs", "5");

    /// <summary>Ends the silo and its PostgreSQL if they run, and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await EndedAsync();
        }
        _tidier.StandardInput.Close();
        await _tidier.WaitForExitAsync();
        _tidier.Dispose();
    }

    [GeneratedRegex(@"One-time code \W*(\d{6})")]
    private static partial Regex LoggedCode();

    /// <summary>Settings of whoever runs the tests must not reach the program under test.</summary>
    public static void RemoveSettings(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsSetting).ToList())
            environment.Remove(name);
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("ENTE_", StringComparison.Ordinal) || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name is "ENVIRONMENT";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The runner gives a test process no time to tidy up and may kill it. A child that waits for the end of its input, which comes
    // with our end whatever that is, does it instead.
    private static Process RemoveWhenThisProcessEnds(string directory)
    {
        const string script = """
            exec >/dev/null 2>&1
            cat
            for file in "$1/silo.pid" "$1/data/postgres/data/postmaster.pid"; do
              read pid < "$file" || continue
              grep -q -e ente-orleans -e postgres "/proc/$pid/comm" || continue
              kill -INT "$pid"
              for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" || break; sleep 0.1; done
              kill -KILL "$pid"
            done
            rm -rf "$1"
            """;
        return Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", script, "sh", directory])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        }) ?? throw new InvalidOperationException("setsid did not start.");
    }

    private async Task EndedAsync()
    {
        // Also waits for the end of its output.
        await Running.WaitForExitAsync();
        Running.Dispose();
        _process = null;
        File.Delete(Path.Combine(Directory, "silo.pid"));
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.Add(line);
    }

    private string LogTail() => string.Join('\n', Log().TakeLast(30));

    private long MemoryLine(string name) => 1024 * long.Parse(
        File.ReadLines($"/proc/{ProcessId}/status").First(l => l.StartsWith(name, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim());
}
