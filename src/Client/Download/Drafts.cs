namespace Ente.Orleans.Client;

/// <summary>
/// Files under way inside a directory, under hidden names. A draft is locked while its process lives, so that the next one can tell
/// what a killed one has left behind, and removes it.
/// </summary>
internal static class Drafts
{
    private const string Prefix = ".ente-orleans-";
    private const string Ending = ".part";

    /// <summary>A new draft, locked until it is disposed of.</summary>
    public static FileStream Create(string directory) =>
        new(Path.Combine(directory, $"{Prefix}{Guid.NewGuid():N}{Ending}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Removes drafts that nobody writes any more.</summary>
    public static void RemoveAbandoned(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, $"{Prefix}*{Ending}").Where(p => FileKinds.Of(p, follow: false) == FileKind.Regular))
        {
            try
            {
                using var draft = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(path);
            }
            catch (IOException)
            {
                // Another program is writing it, or has just moved it into place.
            }
        }
    }
}
