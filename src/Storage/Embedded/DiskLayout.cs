using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// Where things lie below the store's directory:
/// <code>
/// objects/a/f3/1580559962386438,6f1c…   one file per object, '/' of the key written as ','
/// uploads/{upload id}/                  key, 00001 … 10000 (parts), completed
/// incoming/                             bodies that are being received; nothing here was ever acknowledged
/// </code>
/// Objects spread over 16 × 256 directories by a hash of the key: a million objects are some 250 names in each.
/// </summary>
internal sealed class DiskLayout
{
    private const int DirectoryCount = 16 * 256;

    private readonly string _objects;
    private readonly string _uploads;
    // Directories that are known to exist and to survive a power cut.
    private readonly bool[] _prepared = new bool[DirectoryCount];

    public DiskLayout(string root, long keepFree = 0)
    {
        Root = Path.GetFullPath(root);
        _objects = Path.Combine(Root, "objects");
        _uploads = Path.Combine(Root, "uploads");
        Incoming = Path.Combine(Root, "incoming");
        Directory.CreateDirectory(_objects);
        Directory.CreateDirectory(_uploads);
        Directory.CreateDirectory(Incoming);
        Durability.FlushDirectory(Root);
        Space = new FreeSpace(Root, keepFree);
    }

    /// <summary>What may still be written.</summary>
    public FreeSpace Space { get; }

    public string Root { get; }

    public string Incoming { get; }

    public string ObjectFile(string key)
    {
        var (first, second) = Fan(key);
        return Path.Combine(_objects, first, second, key.Replace('/', ','));
    }

    /// <summary>The object's path, in a directory that exists durably.</summary>
    public string PrepareObjectFile(string key)
    {
        var (first, second) = Fan(key);
        var index = int.Parse(first + second, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var parent = Path.Combine(_objects, first);
        var directory = Path.Combine(parent, second);
        if (!_prepared[index])
        {
            Directory.CreateDirectory(directory);
            Durability.FlushDirectory(parent);
            Durability.FlushDirectory(_objects);
            _prepared[index] = true;
        }

        return Path.Combine(directory, key.Replace('/', ','));
    }

    public IEnumerable<(string Key, FileInfo File)> ObjectFiles(string prefix)
    {
        var namePrefix = prefix.Replace('/', ',');
        foreach (var file in new DirectoryInfo(_objects).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.Name.StartsWith(namePrefix, StringComparison.Ordinal))
                yield return (file.Name.Replace(',', '/'), file);
        }
    }

    public string UploadDirectory(string uploadId) => Path.Combine(_uploads, uploadId);

    public IEnumerable<DirectoryInfo> UploadDirectories() => new DirectoryInfo(_uploads).EnumerateDirectories();

    public static string PartName(int partNumber) => partNumber.ToString("D5", CultureInfo.InvariantCulture);

    /// <summary>Makes the new directory of an upload and its entry in the parent durable.</summary>
    public string CreateUploadDirectory(string uploadId)
    {
        var directory = UploadDirectory(uploadId);
        Directory.CreateDirectory(directory);
        Durability.FlushDirectory(_uploads);
        return directory;
    }

    private static (string First, string Second) Fan(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(key), hash);
        return ((hash[0] & 15).ToString("x", CultureInfo.InvariantCulture), hash[1].ToString("x2", CultureInfo.InvariantCulture));
    }
}
