using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>A temporary directory that the embedded PostgreSQL's user can reach, removed with all it holds.</summary>
public sealed class ReachableDirectory : IDisposable
{
    public ReachableDirectory()
    {
        Path = Directory.CreateTempSubdirectory("ente-orleans-silo-test-").FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    /// <summary>The data directory of servers under test.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>The built program itself, run as an operator does.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private SiloProcess(Process process, int port)
    {
        (_process, Port) = (process, port);
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public int Port { get; }

    public HttpClient Http { get; }

    /// <summary>Its log so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>What it has told on standard error, where a failed start says why.</summary>
    public string Errors => string.Join('\n', _errors);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts a server, and does not wait for it.</summary>
    public static SiloProcess Launch(string data, IReadOnlyDictionary<string, string>? environment = null, int? port = null, params string[] more)
    {
        var chosen = port ?? FreePort();
        return Launch(["serve", "--port", chosen.ToString(), "--data", data, .. more], environment, chosen);
    }

    /// <summary>Starts the program with any words.</summary>
    public static SiloProcess Launch(IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? environment = null, int port = 1)
    {
        // Ctrl-C is ignored by what a shell starts in the background, and all below it; here it must work as on a terminal.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "ente-orleans"), .. words])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Where no museum.yaml and no credentials.yaml are.
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ENTE_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        var silo = new SiloProcess(process, port);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return silo;
    }

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<SiloProcess> StartAsync(
        string data, IReadOnlyDictionary<string, string>? environment = null, int? port = null, params string[] more)
    {
        var silo = Launch(data, environment, port, more);
        var deadline = Stopwatch.StartNew();
        while (!await silo.AnswersAsync())
        {
            if (silo._process.HasExited || deadline.Elapsed > Patience)
            {
                var text = $"It does not serve.\n{silo.Output}\n{silo.Errors}";
                await silo.DisposeAsync();
                Assert.Fail(text);
            }

            await Task.Delay(50);
        }

        return silo;
    }

    /// <summary>Asks it to end, as an init system or Ctrl-C does.</summary>
    public void Signal(PosixSignal signal) => Kill(signal switch
    {
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGINT => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    });

    /// <summary>As a crash or a power cut ends it: at once, and it alone; what it started stays.</summary>
    public async Task CrashAsync()
    {
        Kill(9);
        await WaitAsync();
    }

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> WaitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It does not end.\n{Output}\n{Errors}");
        }

        return _process.ExitCode;
    }

    public async Task<int> StopAsync()
    {
        Signal(PosixSignal.SIGTERM);
        return await WaitAsync();
    }

    /// <summary>Waits for words in its log.</summary>
    public async Task<string> LineAsync(string containing)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            if (_output.FirstOrDefault(l => l.Contains(containing, StringComparison.Ordinal)) is { } line)
                return line;
            Assert.True(deadline.Elapsed < Patience, $"No line with '{containing}' in:\n{Output}\n{Errors}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
        Http.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }

    private void Kill(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("/ping");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
