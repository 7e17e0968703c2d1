using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>A running <c>postgres</c> child: what it writes goes to the log, its last lines are kept for error messages.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int KeptLines = 20;
    private readonly Process _process;
    private readonly ILogger _log;
    private readonly Queue<string> _lines = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process, ILogger log)
    {
        (_process, _log) = (process, log);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.OutputDataReceived += (_, line) => Note(line.Data);
        // Not WaitForExitAsync: that waits for the end of the output too, which sessions that outlive a killed server hold open.
        process.Exited += (_, _) => _ended.TrySetResult();
        process.EnableRaisingEvents = true;
    }

    /// <summary>Completes when the server has ended.</summary>
    public Task Ended => _ended.Task;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>In one line, why it ended: its last fatal message, else its exit code.</summary>
    public string Complaint
    {
        get
        {
            var fatal = Output.Split('\n').LastOrDefault(l => Level(l) >= LogLevel.Critical);
            return fatal ?? (_process.HasExited
                ? "exit code " + _process.ExitCode.ToString(CultureInfo.InvariantCulture)
                : "no message");
        }
    }

    public static ServerProcess Start(ProcessStartInfo start, ILogger log)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardErrorEncoding = Encoding.UTF8;
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process, log);
        process.Start();
        process.StandardInput.Close();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return server;
    }

    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    public void Dispose() => _process.Dispose();

    private void Note(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
        }

        _log.Log(Level(line), "postgres: {Line}", line);
    }

    // A refused statement is the caller's error and reported there, so ERROR is no alarm here.
    private static LogLevel Level(string line) => line.Split(':', 2)[0] switch
    {
        "PANIC" or "FATAL" => LogLevel.Critical,
        "WARNING" => LogLevel.Warning,
        "LOG" => LogLevel.Debug,
        _ => LogLevel.Debug,
    };
}
