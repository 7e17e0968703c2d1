using Ente.Orleans.Silo.Configuration;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// The directory that holds all that this server keeps itself: <c>version</c>, <c>lock</c>, <c>secrets.yaml</c>, <c>postgres/</c>
/// and <c>objects/</c>. One process at a time owns it, by a lock that the kernel drops when the process dies.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>Of the layout; changes when an older program could no longer read the directory, or the other way round.</summary>
    private const string LayoutVersion = "1";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    public string Objects => System.IO.Path.Combine(Path, "objects");

    /// <summary>Makes the directory where there is none, takes its lock and checks its version.</summary>
    /// <exception cref="StartupException">Another process uses it, it is of another version, or it is no data directory.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            Make(path);
            var held = Lock(path);
            try
            {
                CheckVersion(path);
                return new DataDirectory(path, held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The data directory {path} cannot be used by {Environment.UserName}: {e.Message.TrimEnd('.')}; choose another with --data DIR", e);
        }
    }

    /// <summary>Checks that this is a data directory of this version, for work beside a running server.</summary>
    /// <exception cref="StartupException">It is not.</exception>
    public static void RequireExisting(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, "version")))
            throw new StartupException($"{path} is no data directory of this program; name it with --data DIR");
        CheckVersion(path);
    }

    public void Dispose() => _lock.Dispose();

    // Others may pass through (the embedded PostgreSQL may run as another user) but not look around.
    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(path))
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, "lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(file))
        {
            throw new StartupException($"Another process uses the data directory {path}; stop it first, or choose another with --data DIR", e);
        }
    }

    private static void CheckVersion(string path)
    {
        var file = System.IO.Path.Combine(path, "version");
        if (File.Exists(file))
        {
            var found = File.ReadAllText(file).Trim();
            if (found != LayoutVersion)
                throw new StartupException(
                    $"The data directory {path} is of layout version '{found}', this program reads version {LayoutVersion}; "
                    + "run the program that made it, or choose another directory with --data DIR");
            return;
        }

        // A mounted volume may come with lost+found.
        if (Directory.EnumerateFileSystemEntries(path).Any(e => System.IO.Path.GetFileName(e) is not ("lock" or "lost+found")))
            throw new StartupException(
                $"{path} holds files but is no data directory of this program (it has no file 'version'); choose an empty one with --data DIR");
        var made = file + ".new";
        File.WriteAllText(made, LayoutVersion + "\n");
        File.Move(made, file);
    }
}
