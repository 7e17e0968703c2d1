namespace Ente.Orleans.Client;

/// <summary>
/// Files and directories that only their owner may read: mode 0600 and 0700 from the first instant on, whatever the umask. Everything
/// that the client keeps for itself is made here.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Makes a directory with all that is missing above it; one that is there is closed to others.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }
        // The class library would give the mode to the last one only.
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent && !Directory.Exists(parent))
            CreateDirectory(parent);
        Directory.CreateDirectory(path, OwnerOnlyDirectory);
        if ((File.GetUnixFileMode(path) & ~OwnerOnlyDirectory) != UnixFileMode.None)
            File.SetUnixFileMode(path, OwnerOnlyDirectory);
    }

    public static FileStream Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    /// <summary>Writes a file anew: it appears whole under its name, or stays as it was.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = Open(draft, FileMode.CreateNew))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }
}
