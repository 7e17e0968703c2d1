using System.Diagnostics;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>
/// The user PostgreSQL runs as. PostgreSQL refuses to run as root, so a root process hands it to an unprivileged user:
/// Debian's <c>postgres</c>, else a system user of our own.
/// </summary>
internal sealed record ServiceUser(string? Name, string? DropPrivilegesWith)
{
    private const string DebianUser = "postgres";
    private const string OwnUser = "ente-postgres";

    /// <summary>The user for this process; makes the system user when there is none.</summary>
    public static async Task<ServiceUser> ForThisProcessAsync(CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
            return new ServiceUser(null, null);
        var drop = FindProgram("setpriv") ?? FindProgram("runuser") ?? throw new EmbeddedClusterException(
            "Neither setpriv nor runuser is installed; install them with: apt-get install util-linux, or do not run as root");
        if (Exists(DebianUser))
            return new ServiceUser(DebianUser, drop);
        if (!Exists(OwnUser))
        {
            var useradd = FindProgram("useradd") ?? throw new EmbeddedClusterException(
                $"PostgreSQL must not run as root and there is no useradd; make a system user named {OwnUser}, or do not run as root");
            var (code, output) = await RunAsync(
                new ProcessStartInfo(useradd, ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", OwnUser]),
                cancellation);
            // Another process may have made it in the meantime.
            if (code != 0 && !Exists(OwnUser))
                throw new EmbeddedClusterException($"useradd could not make the system user {OwnUser}: {LastLine(output)}");
        }

        return new ServiceUser(OwnUser, drop);
    }

    /// <summary>A start of a program as this user, outside our terminal's process group when <paramref name="detached"/>.</summary>
    public ProcessStartInfo Start(string workingDirectory, bool detached, IEnumerable<string> command)
    {
        var words = new List<string>();
        // Ctrl-C reaches the whole foreground process group: PostgreSQL would shut down under requests still being served.
        if (detached && FindProgram("setsid") is { } setsid)
            words.Add(setsid);
        if (Name is not null)
        {
            words.Add(DropPrivilegesWith!);
            words.AddRange(Path.GetFileName(DropPrivilegesWith!) == "setpriv"
                ? [$"--reuid={Name}", $"--regid={Name}", "--init-groups", "--"]
                : ["-u", Name, "--"]);
        }

        words.AddRange(command);
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { WorkingDirectory = workingDirectory };
        // PGDATA, PGPORT and the like of the caller's shell are about other clusters.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    /// <summary>Gives directories, with all they hold, to this user.</summary>
    public async Task TakeOverAsync(IEnumerable<string> directories, CancellationToken cancellation)
    {
        if (Name is null)
            return;
        var (code, output) = await RunAsync(new ProcessStartInfo("chown", ["-R", $"{Name}:{Name}", "--", .. directories]), cancellation);
        if (code != 0)
            throw new EmbeddedClusterException($"The cluster's directories cannot be given to user {Name}: {LastLine(output)}");
    }

    /// <summary>Refuses a directory that this user cannot reach or write.</summary>
    public async Task RequireWritableAsync(string directory, CancellationToken cancellation)
    {
        var (code, _) = await RunAsync(
            Start("/", detached: false, ["/bin/sh", "-c", "test -w \"$1\" && test -x \"$1\"", "sh", directory]), cancellation);
        if (code != 0)
            throw new EmbeddedClusterException(
                $"User {Name ?? Environment.UserName} cannot write {directory}; let it (chmod o+x on each directory above it, chown on "
                + "the directory), or choose another data directory");
    }

    /// <summary>Runs a program to its end; its output (both streams) is returned. Cancelled, the program is ended.</summary>
    public static async Task<(int Code, string Output)> RunAsync(ProcessStartInfo start, CancellationToken cancellation)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new EmbeddedClusterException($"{start.FileName} does not start");
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            // Left alone it would go on writing where the next start looks.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    public static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no message";

    private static bool Exists(string user) =>
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(l => l.StartsWith(user + ":", StringComparison.Ordinal));

    private static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
        .Select(d => Path.Combine(d, name))
        .FirstOrDefault(File.Exists);
}
