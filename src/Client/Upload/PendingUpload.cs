using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// A multipart upload that has begun, on disk until the file is registered: what was agreed with the server, then one line per
/// part that arrived. A rerun encrypts the same bytes again (same key and header) and sends only the missing parts. The MD5 of
/// every part is fixed at the start, so another content never meets the same key stream.
/// </summary>
internal sealed class PendingUpload
{
    private readonly string _path;
    private readonly Lock _writing = new();

    private PendingUpload(string path, Plan plan)
    {
        _path = path;
        Agreed = plan;
        ETags = new string?[plan.PartMd5s.Count];
    }

    public Plan Agreed { get; }

    /// <summary>ETag of each part that arrived; null for the others.</summary>
    public string?[] ETags { get; }

    /// <summary>The store has joined the parts.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What a rerun needs. Holds the file key: the directory is readable by the owner only.</summary>
    internal sealed record Plan
    {
        public required byte[] FileKey { get; init; }
        public required byte[] Header { get; init; }
        public required long EncryptedLength { get; init; }
        public required int PartLength { get; init; }
        public required IReadOnlyList<string> PartMd5s { get; init; }
        public required MultipartUploadUrls Urls { get; init; }

        /// <summary>Never prints the key.</summary>
        public override string ToString() => $"{PartMd5s.Count} parts";
    }

    /// <summary>The unfinished upload of this content, or null. One that cannot be read is dropped: it only saves work.</summary>
    public static PendingUpload? Find(string directory, FileIdentity identity)
    {
        var path = PathOf(directory, identity);
        if (!File.Exists(path))
            return null;
        try
        {
            var lines = File.ReadAllLines(path);
            var plan = JsonSerializer.Deserialize<Plan>(lines[0], Json.Options);
            if (plan is null || plan.Urls.PartUrls.Count != plan.PartMd5s.Count
                || plan.FileKey.Length != SecretStream.KeySize || plan.Header.Length != SecretStream.HeaderSize)
                throw new JsonException("The plan does not fit together.");
            var upload = new PendingUpload(path, plan);
            // The last line may be torn; the part it stands for is sent once more.
            foreach (var line in lines.Skip(1).Where(l => l.EndsWith('}')))
                upload.Apply(JsonSerializer.Deserialize<Progress>(line, Json.Options));
            return upload;
        }
        catch (Exception e) when (e is JsonException or IndexOutOfRangeException)
        {
            File.Delete(path);
            return null;
        }
    }

    public static PendingUpload Create(string directory, FileIdentity identity, Plan plan)
    {
        PrivateFiles.CreateDirectory(directory);
        var upload = new PendingUpload(PathOf(directory, identity), plan);
        PrivateFiles.Replace(upload._path, file => WriteLine(file, plan));
        return upload;
    }

    public void PartArrived(int part, string etag) => Record(new Progress { Part = part, ETag = etag });

    public void Completed() => Record(new Progress { Complete = true });

    public void Forget() => File.Delete(_path);

    private static string PathOf(string directory, FileIdentity identity)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes($"{identity.Hash}\n{(int)identity.Type}\n{identity.Title}"));
        return Path.Combine(directory, Convert.ToHexStringLower(name)[..32] + ".upload");
    }

    private void Record(Progress progress)
    {
        lock (_writing)
        {
            Apply(progress);
            using var file = PrivateFiles.Open(_path, FileMode.Append);
            WriteLine(file, progress);
        }
    }

    private static void WriteLine<T>(Stream file, T value)
    {
        JsonSerializer.Serialize(file, value, Json.Options);
        file.WriteByte((byte)'\n');
    }

    private void Apply(Progress? progress)
    {
        if (progress is { ETag: { } etag } && progress.Part >= 0 && progress.Part < ETags.Length)
            ETags[progress.Part] = etag;
        IsComplete |= progress?.Complete ?? false;
    }

    private sealed record Progress
    {
        public int Part { get; init; }
        public string? ETag { get; init; }
        public bool Complete { get; init; }
    }
}
