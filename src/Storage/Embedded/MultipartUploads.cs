using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>A part as the client lists it when it completes an upload; the ETag with or without quotes.</summary>
public readonly record struct CompletedPart(int Number, string ETag);

/// <summary>
/// Uploads in parts. Each part is a durable file of its own until the completion joins them into the object.
/// </summary>
/// <remarks>
/// A completed upload leaves a record of its parts and ETag, because clients repeat the completion when its answer gets lost
/// (contract 09 §1.5) and the second must succeed like the first.
/// </remarks>
internal sealed class MultipartUploads(DiskLayout layout, TimeProvider clock)
{
    public const int MaxParts = 10_000;
    private const string KeyName = "key";
    private const string CompletedName = "completed";

    private readonly KeyedLock _locks = new();

    public string Start(string key)
    {
        var uploadId = Guid.NewGuid().ToString("N");
        var directory = layout.CreateUploadDirectory(uploadId);
        WriteText(directory, KeyName, key);
        return uploadId;
    }

    public async Task<ObjectHead> ReceivePartAsync(
        string key,
        string uploadId,
        int partNumber,
        Stream content,
        long length,
        byte[]? md5,
        CancellationToken cancellationToken)
    {
        if (partNumber is < 1 or > MaxParts)
            throw new ArgumentOutOfRangeException(nameof(partNumber));

        var directory = RequireOpen(key, uploadId);
        using var incoming = new IncomingFile(layout, length);
        var (digest, sha256) = await incoming.ReceiveAsync(content, length, md5, cancellationToken);
        var trailer = new ObjectTrailer(length, clock.GetUtcNow(), Parts: 0, digest, sha256);

        // Under the lock, and looked at again: a part must not appear in an upload that was completed or aborted meanwhile.
        using var _ = await _locks.AcquireAsync(uploadId, cancellationToken);
        RequireOpen(key, uploadId);
        incoming.Publish(Path.Combine(directory, DiskLayout.PartName(partNumber)), PartIdentity(uploadId, partNumber), trailer);
        return trailer.ToHead();
    }

    public async Task<string> CompleteAsync(
        string key, string uploadId, IReadOnlyList<CompletedPart> parts, IUploadGate? gate, CancellationToken cancellationToken)
    {
        using var _ = await _locks.AcquireAsync(Require(key, uploadId), cancellationToken);
        var directory = layout.UploadDirectory(Require(key, uploadId));
        var listing = Listing(parts);
        var completed = Path.Combine(directory, CompletedName);
        if (File.Exists(completed))
        {
            // The repeat writes nothing, so it need not ask the gate.
            var record = await File.ReadAllTextAsync(completed, cancellationToken);
            var etagEnd = record.IndexOf('\n', StringComparison.Ordinal);
            return record[(etagEnd + 1)..] == listing ? record[..etagEnd] : throw new UploadNotFoundException(uploadId);
        }

        await RequireWritableAsync(gate, key, cancellationToken);
        var etag = await JoinAsync(key, uploadId, directory, parts, gate, cancellationToken);
        WriteText(directory, CompletedName, $"{etag}\n{listing}");
        foreach (var file in Directory.EnumerateFiles(directory, "0*").Concat(Directory.EnumerateFiles(directory, "1*")).ToList())
            File.Delete(file);
        return etag;
    }

    public async Task AbortAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        if (!IsKnown(key, uploadId))
            return;
        using var _ = await _locks.AcquireAsync(uploadId, cancellationToken);
        if (IsKnown(key, uploadId))
            Directory.Delete(layout.UploadDirectory(uploadId), recursive: true);
    }

    /// <summary>Bytes of the parts that were received.</summary>
    public long StoredBytes(string uploadId)
    {
        var directory = new DirectoryInfo(layout.UploadDirectory(uploadId));
        return directory.Exists ? directory.EnumerateFiles().Sum(file => file.Length) : 0;
    }

    /// <summary>Removes uploads that nobody has touched for <paramref name="age"/>; their URLs have expired long before.</summary>
    public void RemoveUntouched(TimeSpan age)
    {
        var before = (clock.GetUtcNow() - age).UtcDateTime;
        foreach (var directory in layout.UploadDirectories())
        {
            if (directory.LastWriteTimeUtc < before)
                directory.Delete(recursive: true);
        }
    }

    internal static async Task RequireWritableAsync(IUploadGate? gate, string key, CancellationToken cancellationToken)
    {
        if (gate is not null && !await gate.MayWriteAsync(key, cancellationToken))
            throw new WriteRefusedException(key);
    }

    private async Task<string> JoinAsync(
        string key,
        string uploadId,
        string directory,
        IReadOnlyList<CompletedPart> parts,
        IUploadGate? gate,
        CancellationToken cancellationToken)
    {
        if (parts.Count is 0 or > MaxParts)
            throw new InvalidPartException("The list of parts is empty or too long.");

        // All parts are checked before the first byte is copied.
        var trailers = new ObjectTrailer[parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0 && parts[i].Number <= parts[i - 1].Number)
                throw new InvalidPartException("The list of parts is not in ascending order.");
            using var part = OpenPart(uploadId, directory, parts[i], out trailers[i]);
        }

        using var md5OfMd5s = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = trailers.Sum(trailer => trailer.Length);
        using var incoming = new IncomingFile(layout, length);
        for (var i = 0; i < parts.Count; i++)
        {
            using var part = OpenPart(uploadId, directory, parts[i], out var trailer);
            md5OfMd5s.AppendData(trailer.Md5);
            incoming.AppendFrom(part, trailer.Length, sha256, cancellationToken);
        }

        var joined = new ObjectTrailer(
            length, clock.GetUtcNow(), parts.Count, md5OfMd5s.GetHashAndReset(), sha256.GetHashAndReset());
        await RequireWritableAsync(gate, key, cancellationToken);
        incoming.Publish(layout.PrepareObjectFile(key), key, joined);
        return joined.ETag;
    }

    private static SafeFileHandle OpenPart(string uploadId, string directory, CompletedPart part, out ObjectTrailer trailer)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(Path.Combine(directory, DiskLayout.PartName(part.Number)));
            trailer = ObjectTrailer.Read(file, PartIdentity(uploadId, part.Number));
            if (ETags.Bare(part.ETag) != ETags.Bare(trailer.ETag))
                throw new InvalidPartException($"Part {part.Number} has another ETag.");
            return file;
        }
        catch (FileNotFoundException)
        {
            throw new InvalidPartException($"Part {part.Number} was not uploaded.");
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private string RequireOpen(string key, string uploadId)
    {
        var directory = layout.UploadDirectory(Require(key, uploadId));
        return File.Exists(Path.Combine(directory, CompletedName)) ? throw new UploadNotFoundException(uploadId) : directory;
    }

    private string Require(string key, string uploadId) =>
        IsKnown(key, uploadId) ? uploadId : throw new UploadNotFoundException(uploadId);

    private bool IsKnown(string key, string uploadId)
    {
        // Also keeps '..' and the like out of paths.
        if (!Guid.TryParseExact(uploadId, "N", out _))
            return false;
        try
        {
            return File.ReadAllText(Path.Combine(layout.UploadDirectory(uploadId), KeyName)) == key;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private void WriteText(string directory, string name, string text)
    {
        var temporary = Path.Combine(layout.Incoming, Guid.NewGuid().ToString("N"));
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, Encoding.ASCII.GetBytes(text), 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, Path.Combine(directory, name), overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        Durability.FlushDirectory(directory);
    }

    private static string Listing(IEnumerable<CompletedPart> parts) =>
        string.Join('\n', parts.Select(part => $"{part.Number} {ETags.Bare(part.ETag)}"));

    private static string PartIdentity(string uploadId, int partNumber) => $"{uploadId}/{DiskLayout.PartName(partNumber)}";
}
