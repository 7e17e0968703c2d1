using System.Diagnostics;

namespace Ente.Orleans.Acceptance.Tests.Silos;

/// <summary>One run of the program, as from a shell: no terminal, answers line by line on standard input.</summary>
internal sealed class Verb : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    /// <param name="words">The command line.</param>
    /// <param name="environment">Variables beside those of the tests; an empty one removes.</param>
    /// <param name="workingDirectory">Where it is started.</param>
    /// <param name="withoutPrivileges">As somebody to whom the modes of files apply, which they do not to root.</param>
    public Verb(
        IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null, bool withoutPrivileges = false)
    {
        var isRoot = withoutPrivileges && Environment.IsPrivilegedProcess;
        const string dropped = "-dac_override,-dac_read_search";
        string[] unprivileged = ["--bounding-set", dropped, "--inh-caps", dropped, SiloProcess.Executable];
        var start = new ProcessStartInfo(isRoot ? "setpriv" : SiloProcess.Executable, isRoot ? [.. unprivileged, .. words] : words)
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        SiloProcess.RemoveSettings(start.Environment);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value.Length > 0 ? value : null;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public static async Task ShellAsync(string script)
    {
        using var shell = Process.Start("sh", ["-c", script]);
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"{script} ended with {shell.ExitCode}.");
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Says nothing more and waits for the end.</summary>
    public async Task<VerbResult> EndAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return new VerbResult(_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

/// <summary>What a run has left: its exit code, and what it wrote.</summary>
internal sealed record VerbResult(int Code, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
