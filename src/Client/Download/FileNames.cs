using System.Text;

namespace Ente.Orleans.Client;

/// <summary>Titles, which other people choose, as names of files here.</summary>
public static class FileNames
{
    /// <summary>A title as one name inside a directory: no separators, no leading dots, no control characters.</summary>
    public static string Safe(string title)
    {
        var name = new string([.. title.Select(c => c is '/' or '\\' or ':' || char.IsControl(c) ? '_' : c)]).Trim().TrimStart('.');
        // 255 bytes is the limit of common file systems; room is left for a number.
        while (Encoding.UTF8.GetByteCount(name) > 240)
        {
            var extension = Path.GetExtension(name);
            var stem = Path.GetFileNameWithoutExtension(name);
            name = extension.Length is > 0 and < 20 && stem.Length > 1 ? stem[..^1] + extension : name[..^1];
        }
        return name.Length == 0 ? "unnamed" : name;
    }

    /// <summary>The same name with a number before its extension; without one for 0.</summary>
    public static string Numbered(string name, int number) =>
        number == 0 ? name : $"{Path.GetFileNameWithoutExtension(name)} ({number}){Path.GetExtension(name)}";
}
