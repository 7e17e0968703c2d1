using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ente.Orleans.EventStore.Embedded;

/// <summary>An installed PostgreSQL: where its programs are, and its major version.</summary>
internal sealed partial record PostgresBinaries(string Directory, int Major)
{
    public string Postgres => Path.Combine(Directory, "postgres");

    public string InitDb => Path.Combine(Directory, "initdb");

    /// <summary>The newest installation, or the one of the major version that an existing data directory was made by.</summary>
    public static PostgresBinaries Find(string? binDirectory, string dataDirectory)
    {
        var versionFile = Path.Combine(dataDirectory, "PG_VERSION");
        int? wanted = File.Exists(versionFile)
            ? int.Parse(File.ReadAllText(versionFile).Trim(), CultureInfo.InvariantCulture)
            : null;
        var found = Installed(binDirectory).ToList();
        if (found.Count == 0)
            throw new EmbeddedClusterException(
                (binDirectory is null ? "PostgreSQL is not installed" : $"No PostgreSQL in {binDirectory}")
                + "; install it with: apt-get install postgresql");
        if (wanted is null)
            return found[0];
        return found.Find(b => b.Major == wanted) ?? throw new EmbeddedClusterException(
            $"The data in {dataDirectory} is of PostgreSQL {wanted}, installed is {string.Join(", ", found.Select(b => b.Major))}; "
            + $"install it with: apt-get install postgresql-{wanted}, or upgrade the directory with pg_upgrade");
    }

    private static IEnumerable<PostgresBinaries> Installed(string? binDirectory)
    {
        if (binDirectory is not null)
            return Probe(binDirectory) is { } given ? [given] : [];
        const string debian = "/usr/lib/postgresql";
        IEnumerable<string> candidates = System.IO.Directory.Exists(debian)
            ? System.IO.Directory.EnumerateDirectories(debian).Select(d => Path.Combine(d, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return candidates
            .Order(StringComparer.Ordinal).Reverse()
            .Concat(path)
            .Select(Probe).OfType<PostgresBinaries>()
            // Stable: Debian's own directories win over PATH for the same major.
            .OrderByDescending(b => b.Major);
    }

    private static PostgresBinaries? Probe(string directory)
    {
        var postgres = Path.Combine(directory, "postgres");
        if (!File.Exists(postgres) || !File.Exists(Path.Combine(directory, "initdb")))
            return null;
        // Debian names the directory by the major version; asking the program costs a process.
        var named = DebianBin().Match(directory);
        if (named.Success)
            return new PostgresBinaries(directory, int.Parse(named.Groups[1].Value, CultureInfo.InvariantCulture));
        using var process = Process.Start(new ProcessStartInfo(postgres, "--version") { RedirectStandardOutput = true, UseShellExecute = false });
        var text = process?.StandardOutput.ReadToEnd() ?? "";
        process?.WaitForExit();
        var version = Version().Match(text);
        return version.Success
            ? new PostgresBinaries(directory, int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture))
            : null;
    }

    [GeneratedRegex(@"^/usr/lib/postgresql/(\d+)/bin$")]
    private static partial Regex DebianBin();

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex Version();
}
