using Ente.Orleans.Silo.Configuration;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// Where the embedded cluster lies: <c>postgres</c> in the data directory. PostgreSQL refuses to run as root, and the user that it runs
/// as instead cannot reach a directory below, say, <c>/root</c>; then the cluster lies in a place of its own below <c>/var/lib</c>, and
/// <c>postgres</c> is a link to it.
/// </summary>
internal static class ClusterDirectory
{
    private const string Elsewhere = "/var/lib/ente-orleans";

    /// <summary>The directory, with the link made where one is needed.</summary>
    /// <exception cref="StartupException">The link leads nowhere: a new, empty database must not take the place of a lost one.</exception>
    public static string Of(string dataDirectory, ILogger log)
    {
        var usual = Path.Combine(dataDirectory, "postgres");
        if (new DirectoryInfo(usual).LinkTarget is { } target)
            return Directory.Exists(target)
                ? target
                : throw new StartupException($"{usual} points to {target}, which is not there; put the database's files back there, or remove the link");
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess || Directory.Exists(usual) || UnreachableFor(dataDirectory) is not { } barrier)
            return usual;
        // A fresh name: what another data directory of the same path may have left there has other secrets.
        var place = Path.Combine(Elsewhere, Path.GetRandomFileName().Replace(".", ""));
        Directory.CreateDirectory(place);
        Directory.CreateSymbolicLink(usual, place);
        log.LogWarning("PostgreSQL does not run as root, and other users cannot reach {Barrier}: its data lie in {Place}", barrier, place);
        return place;
    }

    /// <summary>The directory on the way that users other than its owner cannot pass; null when there is none.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string? UnreachableFor(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return directory.FullName;
        }

        return null;
    }
}
