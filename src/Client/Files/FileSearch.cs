namespace Ente.Orleans.Client;

/// <summary>
/// The files under some paths. What was passed over is told apart: links are not followed, because they can form circles, and what
/// is neither file nor directory is never opened.
/// </summary>
/// <param name="Files">Full paths of regular files, each once, a directory's in order of name.</param>
/// <param name="Links">Links inside directories, those that lead nowhere included.</param>
/// <param name="Specials">Pipes, sockets and devices inside directories.</param>
public sealed record FileSearch(IReadOnlyList<string> Files, IReadOnlyList<string> Links, IReadOnlyList<string> Specials)
{
    /// <summary>
    /// Files as they are, directories with all levels, without hidden ones. A link that is named itself is followed: that is what
    /// naming it asks for. What cannot be read is a problem, and the rest is found all the same.
    /// </summary>
    public static FileSearch Under(IEnumerable<string> paths, Problems problems)
    {
        var found = new FoundFiles(problems);
        foreach (var path in paths.Select(Path.GetFullPath))
            found.AddNamed(path);
        return new FileSearch([.. found.Files.Distinct(StringComparer.Ordinal)], found.Links, found.Specials);
    }

    private sealed class FoundFiles(Problems problems)
    {
        public List<string> Files { get; } = [];
        public List<string> Links { get; } = [];
        public List<string> Specials { get; } = [];

        public void AddNamed(string path)
        {
            try
            {
                switch (FileKinds.Of(path, follow: true))
                {
                    case FileKind.Regular:
                        Files.Add(path);
                        break;
                    case FileKind.Directory:
                        var start = Files.Count;
                        AddDirectory(path);
                        Files.Sort(start, Files.Count - start, StringComparer.Ordinal);
                        break;
                    case FileKind.Missing:
                        problems.Add($"{path} {(FileKinds.Of(path, follow: false) == FileKind.Link ? "is a link that leads nowhere" : "does not exist")}.");
                        break;
                    default:
                        problems.Add($"{path} is no regular file, so it was not opened.");
                        break;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add(Reason.Of(e));
            }
        }

        private void AddDirectory(string directory)
        {
            string[] entries;
            try
            {
                entries = Directory.GetFileSystemEntries(directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{directory} cannot be read, so what is in it was left out: {Reason.Of(e)}");
                return;
            }
            foreach (var entry in entries.Where(e => !Path.GetFileName(e).StartsWith('.')))
                AddEntry(entry);
        }

        private void AddEntry(string path)
        {
            try
            {
                switch (FileKinds.Of(path, follow: false))
                {
                    case FileKind.Regular:
                        Files.Add(path);
                        break;
                    case FileKind.Directory:
                        AddDirectory(path);
                        break;
                    case FileKind.Link:
                        Links.Add(path);
                        break;
                    case FileKind.Special:
                        Specials.Add(path);
                        break;
                    default:
                        // Just removed, or its name is no UTF-8 and cannot be said here.
                        problems.Add($"{path} cannot be found under that name.");
                        break;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add(Reason.Of(e));
            }
        }
    }
}
