using System.Globalization;
using System.Runtime.InteropServices;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>
/// The server process of a data directory as its <c>postmaster.pid</c> tells: process id, socket directory and status
/// (<c>starting</c>, <c>ready</c>, <c>stopping</c>). The file outlives a server that was killed.
/// </summary>
internal sealed record Postmaster(int Pid, string SocketDirectory, string Status)
{
    // PostgreSQL's own signals: SIGINT is a fast shutdown, SIGQUIT an immediate one (as after a crash), SIGKILL the last resort.
    public const int Fast = 2;
    public const int Immediate = 3;
    public const int Kill = 9;

    public static string FileOf(string dataDirectory) => Path.Combine(dataDirectory, "postmaster.pid");

    /// <summary>What the file says, or null when there is none or it is being written.</summary>
    public static Postmaster? Read(string dataDirectory)
    {
        try
        {
            var lines = File.ReadAllLines(FileOf(dataDirectory));
            return lines.Length > 0 && int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid)
                ? new Postmaster(Math.Abs(pid), Line(lines, 4), Line(lines, 7))
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether that process lives and is the server of this directory, not a stranger that was given its number: a server's
    /// working directory is its data directory, so the same file must be seen through it.
    /// </summary>
    public bool IsRunning(string dataDirectory)
    {
        try
        {
            return File.ReadAllText($"/proc/{Pid.ToString(CultureInfo.InvariantCulture)}/cwd/postmaster.pid")
                == File.ReadAllText(FileOf(dataDirectory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether any process has that number.</summary>
    public bool PidIsTaken => Directory.Exists($"/proc/{Pid.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Sends a signal; a process that has just ended is no error.</summary>
    public void Signal(int signal) => _ = NativeKill(Pid, signal);

    /// <summary>Stops the server: fast shutdown, then harder after each bound. Returns whether the fast one sufficed.</summary>
    public async Task<bool> StopAsync(string dataDirectory, TimeSpan bound)
    {
        foreach (var (signal, wait) in new[] { (Fast, bound), (Immediate, TimeSpan.FromSeconds(5)), (Kill, TimeSpan.FromSeconds(5)) })
        {
            Signal(signal);
            var until = Environment.TickCount64 + (long)wait.TotalMilliseconds;
            while (IsRunning(dataDirectory) && Environment.TickCount64 < until)
                await Task.Delay(20);
            if (!IsRunning(dataDirectory))
                return signal == Fast;
        }

        throw new EmbeddedClusterException($"PostgreSQL (process {Pid}) in {dataDirectory} cannot be stopped; stop it by hand");
    }

    private static string Line(string[] lines, int index) => lines.Length > index ? lines[index].Trim() : "";

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int pid, int signal);
}
