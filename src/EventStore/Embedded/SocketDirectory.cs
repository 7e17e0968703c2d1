using System.Text;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>Where the server's Unix socket is: <c>run</c> in the cluster's directory, or a short path of its own when that is too long.</summary>
internal static class SocketDirectory
{
    // sun_path is 108 bytes with its terminating zero.
    private const int LongestPath = 107;
    private const string SocketName = ".s.PGSQL.5432";
    private const string FallbackPrefix = "/tmp/ente-pg-";

    /// <summary>Makes the directory, mode 0700.</summary>
    public static string Make(string clusterDirectory)
    {
        var own = Path.Combine(clusterDirectory, "run");
        if (Encoding.UTF8.GetByteCount(Path.Combine(own, SocketName)) > LongestPath)
        {
            // A fresh name each time: a name that others can guess in /tmp can be taken by them first.
            var path = FallbackPrefix + Path.GetRandomFileName().Replace(".", "");
            if (Directory.Exists(path) || File.Exists(path))
                throw new EmbeddedClusterException($"{path} exists already; start again");
            MakePrivate(path);
            return path;
        }

        MakePrivate(own);
        return own;
    }

    /// <summary>Makes a directory of mode 0700.</summary>
    public static void MakePrivate(string path)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows())
            throw new EmbeddedClusterException("The embedded PostgreSQL needs Unix sockets; on Windows name a database server instead");
        Directory.CreateDirectory(path, mode);
        File.SetUnixFileMode(path, mode);
    }

    /// <summary>Removes a directory made outside the cluster's own, with the leftovers in it.</summary>
    public static void RemoveFallback(string path)
    {
        if (path.StartsWith(FallbackPrefix, StringComparison.Ordinal) && !path.Contains("..") && Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
