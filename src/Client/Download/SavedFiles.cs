using System.Text.Json;
using Ente.Orleans.Client.Wire;

namespace Ente.Orleans.Client;

/// <summary>A file as it was saved: its names in the directory, and by what a change of them is seen without reading them.</summary>
internal sealed record SavedFile
{
    /// <summary>Which file of which server.</summary>
    public required string File { get; init; }

    /// <summary>Another content has another header.</summary>
    public required byte[] ContentHeader { get; init; }

    public required IReadOnlyList<SavedPart> Parts { get; init; }
}

/// <summary>One name: bytes, and the time of the last write in microseconds.</summary>
internal sealed record SavedPart(string Name, long Length, long Written)
{
    public static SavedPart Of(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return Of(file, Path.GetFileName(path));
    }

    public static SavedPart Of(FileStream file, string name) => new(name, file.Length, Moment.LastWrite(file.SafeFileHandle));

    /// <summary>Whether the file is still there as it was written.</summary>
    public bool IsIn(string directory)
    {
        var path = Path.Combine(directory, Name);
        return FileKinds.Of(path, follow: true) == FileKind.Regular && Of(path) == this;
    }
}

/// <summary>
/// What was saved into a directory, kept in it in a hidden file of JSON lines: the later line counts. Without it a second run could not
/// tell which of two photos of one title got which name.
/// </summary>
internal sealed class SavedFiles
{
    public const string FileName = ".ente-orleans.jsonl";

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SavedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    public SavedFiles(string directory)
    {
        _path = Path.Combine(directory, FileName);
        if (FileKinds.Of(_path, follow: true) == FileKind.Missing)
            return;
        using var reader = new StreamReader(RegularFile.OpenRead(_path));
        while (reader.ReadLine() is { } line)
        {
            if (Parse(line) is { } saved)
                Keep(saved);
        }
    }

    /// <summary>Whether a name was given to another file than this one.</summary>
    public bool IsTakenByAnother(string name, string file)
    {
        lock (_lock)
            return _owners.TryGetValue(name, out var owner) && !string.Equals(owner, file, StringComparison.Ordinal);
    }

    public SavedFile? Find(string file)
    {
        lock (_lock)
            return _files.GetValueOrDefault(file);
    }

    public void Remember(SavedFile saved)
    {
        lock (_lock)
        {
            using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            // One write a line, so that two programs at once do not mix theirs; a torn line before it is ended by the first byte.
            stream.Write([(byte)'\n', .. JsonSerializer.SerializeToUtf8Bytes(saved, Json.Options)]);
            Keep(saved);
        }
    }

    private void Keep(SavedFile saved)
    {
        if (_files.TryGetValue(saved.File, out var before))
        {
            foreach (var part in before.Parts)
                _owners.Remove(part.Name);
        }
        _files[saved.File] = saved;
        foreach (var part in saved.Parts)
            _owners[part.Name] = saved.File;
    }

    private static SavedFile? Parse(string line)
    {
        if (line.Length == 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize<SavedFile>(line, Json.Options);
        }
        catch (JsonException)
        {
            // Torn by a killed process: the file it stands for is found by its content.
            return null;
        }
    }
}
