using System.Runtime.CompilerServices;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// Objects as files on local disk, delivered through this server by <see cref="CapabilityUrls"/>.
/// </summary>
/// <remarks>
/// What was acknowledged survives a power cut: bytes, checksums and name are flushed before any write returns. A crash leaves
/// at worst files under <c>incoming/</c>, which <see cref="RemoveLeftovers"/> clears once they are old enough to belong to nobody.
/// One process at a time may own the directory.
/// </remarks>
public sealed class EmbeddedStore : IObjectProvider
{
    /// <summary>No body takes a day to arrive: a file under <c>incoming/</c> that was not written to for so long is abandoned.</summary>
    private static readonly TimeSpan IncomingAge = TimeSpan.FromDays(1);

    /// <summary>An upload's URLs end after 7 days and its slot after 14 (contract 03 §4.3).</summary>
    private static readonly TimeSpan UploadAge = TimeSpan.FromDays(15);

    private readonly DiskLayout _layout;
    private readonly MultipartUploads _uploads;
    private readonly CapabilityUrls _urls;
    private readonly TimeProvider _clock;

    /// <summary>Opens the store, making its directory when there is none, and clears what a crash left long ago.</summary>
    /// <param name="name">The provider's name.</param>
    /// <param name="directory">Where everything lies.</param>
    /// <param name="urls">Makes the URLs that clients use.</param>
    /// <param name="clock">The system's clock unless given.</param>
    /// <param name="keepFree">Bytes of the disk that uploads leave free.</param>
    public EmbeddedStore(string name, string directory, CapabilityUrls urls, TimeProvider? clock = null, long keepFree = 0)
    {
        Name = name;
        _urls = urls;
        _clock = clock ?? TimeProvider.System;
        _layout = new DiskLayout(directory, keepFree);
        _uploads = new MultipartUploads(_layout, _clock);
        RemoveLeftovers();
    }

    public string Name { get; }

    /// <summary>Opens an object for reading; null when there is none. The caller disposes it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public StoredObject? TryOpen(string key)
    {
        Microsoft.Win32.SafeHandles.SafeFileHandle file;
        try
        {
            file = File.OpenHandle(_layout.ObjectFile(ObjectKey.Require(key)), share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        try
        {
            return new StoredObject(file, ObjectTrailer.Read(file, key).ToHead());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        using var stored = TryOpen(key);
        return Task.FromResult(stored?.Head);
    }

    public Task<Stream> OpenReadAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default)
    {
        var stored = TryOpen(key) ?? throw new ObjectNotFoundException(key);
        var size = stored.Head.Size;
        var offset = range?.Offset ?? 0;
        if (range is not null && (offset < 0 || offset >= size))
        {
            stored.Dispose();
            throw new RangeNotSatisfiableException(key);
        }

        var file = new FileStream(stored.File, FileAccess.Read, bufferSize: 0, isAsync: false) { Position = offset };
        return Task.FromResult<Stream>(
            new BoundedStream(file, Math.Min(range?.Length ?? long.MaxValue, size - offset), leaveOpen: false));
    }

    public Task<ObjectHead> PutAsync(
        string key, Stream content, long length, byte[]? md5 = null, CancellationToken cancellationToken = default) =>
        ReceiveAsync(key, content, length, md5, gate: null, cancellationToken);

    /// <summary>A client's PUT: as <see cref="PutAsync"/>, if the gate lets it.</summary>
    /// <exception cref="WriteRefusedException">The key is not, or no longer, open for upload.</exception>
    public async Task<ObjectHead> ReceiveAsync(
        string key, Stream content, long length, byte[]? md5, IUploadGate? gate, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        await MultipartUploads.RequireWritableAsync(gate, key, cancellationToken);
        try
        {
            using var incoming = new IncomingFile(_layout, length);
            var (digest, sha256) = await incoming.ReceiveAsync(content, length, md5, cancellationToken);
            var trailer = new ObjectTrailer(length, _clock.GetUtcNow(), Parts: 0, digest, sha256);
            await MultipartUploads.RequireWritableAsync(gate, key, cancellationToken);
            incoming.Publish(_layout.PrepareObjectFile(key), key, trailer);
            return trailer.ToHead();
        }
        catch (IOException exception) when (Durability.IsFull(exception))
        {
            throw Full(exception);
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        var file = _layout.ObjectFile(ObjectKey.Require(key));
        if (File.Exists(file))
        {
            File.Delete(file);
            Durability.FlushDirectory(Path.GetDirectoryName(file)!);
        }

        return Task.CompletedTask;
    }

    public Task<ObjectHead?> CopyAsync(string sourceKey, string targetKey, CancellationToken cancellationToken = default)
    {
        ObjectKey.Require(targetKey);
        using var source = TryOpen(sourceKey);
        if (source is null)
            return Task.FromResult<ObjectHead?>(null);

        try
        {
            // Byte by byte rather than as a hard link: two names on one file would share its damage, and the trailer names its key.
            var trailer = ObjectTrailer.Read(source.File, sourceKey) with { StoredAt = _clock.GetUtcNow() };
            using var sha256 = System.Security.Cryptography.IncrementalHash.CreateHash(
                System.Security.Cryptography.HashAlgorithmName.SHA256);
            using var incoming = new IncomingFile(_layout, trailer.Length);
            incoming.AppendFrom(source.File, trailer.Length, sha256, cancellationToken);
            if (!sha256.GetHashAndReset().AsSpan().SequenceEqual(trailer.Sha256))
                throw new InvalidDataException($"The stored bytes of '{sourceKey}' are damaged.");
            incoming.Publish(_layout.PrepareObjectFile(targetKey), targetKey, trailer);
            return Task.FromResult<ObjectHead?>(trailer.ToHead());
        }
        catch (IOException exception) when (Durability.IsFull(exception))
        {
            throw Full(exception);
        }
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(
        string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var (key, file) in _layout.ObjectFiles(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectEntry entry;
            try
            {
                entry = new ObjectEntry(key, file.Length - ObjectTrailer.Size, new DateTimeOffset(file.LastWriteTimeUtc));
            }
            catch (FileNotFoundException)
            {
                // Deleted since the directory was read.
                continue;
            }

            yield return entry;
        }
    }

    public Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using (new IncomingFile(_layout, 0))
            {
                // Created and removed again: the directory is writable.
            }

            return Task.FromResult(new ProviderHealth(Name, Problem: null, new DriveInfo(_layout.Root).AvailableFreeSpace));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(new ProviderHealth(Name, exception.Message));
        }
    }

    public string PresignPut(string key, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        _urls.Put(key, binding, life, origin);

    public string PresignGet(string key, GetOverrides overrides, TimeSpan life, ObjectOrigin? origin) =>
        _urls.Get(key, overrides, life, origin);

    public string PresignPart(
        string key, string uploadId, int partNumber, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        _urls.Part(key, uploadId, partNumber, binding, life, origin);

    public string PresignComplete(string key, string uploadId, TimeSpan life, ObjectOrigin? origin) =>
        _urls.Complete(key, uploadId, life, origin);

    public Task<string> StartMultipartAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            return Task.FromResult(_uploads.Start(ObjectKey.Require(key)));
        }
        catch (IOException exception) when (Durability.IsFull(exception))
        {
            throw Full(exception);
        }
    }

    /// <summary>Receives a part; one of the same number replaces it.</summary>
    /// <exception cref="UploadNotFoundException">The upload is unknown or finished.</exception>
    /// <exception cref="WriteRefusedException">The key is not, or no longer, open for upload.</exception>
    public async Task<ObjectHead> ReceivePartAsync(
        string key,
        string uploadId,
        int partNumber,
        Stream content,
        long length,
        byte[]? md5,
        IUploadGate? gate,
        CancellationToken cancellationToken)
    {
        await MultipartUploads.RequireWritableAsync(gate, ObjectKey.Require(key), cancellationToken);
        try
        {
            return await _uploads.ReceivePartAsync(key, uploadId, partNumber, content, length, md5, cancellationToken);
        }
        catch (IOException exception) when (Durability.IsFull(exception))
        {
            throw Full(exception);
        }
    }

    /// <summary>Bytes of the parts that an unfinished upload has on disk.</summary>
    public long StoredBytesOf(string uploadId) => _uploads.StoredBytes(uploadId);

    /// <summary>Joins the parts into the object and answers its ETag; the same list again succeeds again.</summary>
    /// <exception cref="UploadNotFoundException">The upload is unknown, aborted, or was finished with another list.</exception>
    /// <exception cref="InvalidPartException">A listed part is missing or different, or the list is empty or out of order.</exception>
    /// <exception cref="WriteRefusedException">The key is not, or no longer, open for upload.</exception>
    public async Task<string> CompleteMultipartAsync(
        string key, string uploadId, IReadOnlyList<CompletedPart> parts, IUploadGate? gate, CancellationToken cancellationToken)
    {
        try
        {
            return await _uploads.CompleteAsync(ObjectKey.Require(key), uploadId, parts, gate, cancellationToken);
        }
        catch (IOException exception) when (Durability.IsFull(exception))
        {
            throw Full(exception);
        }
    }

    public Task AbortMultipartAsync(string key, string uploadId, CancellationToken cancellationToken = default) =>
        _uploads.AbortAsync(ObjectKey.Require(key), uploadId, cancellationToken);

    /// <summary>
    /// Removes bodies that were never finished and uploads in parts whose URLs have expired. Done at start; to be repeated daily.
    /// </summary>
    public void RemoveLeftovers()
    {
        var before = (_clock.GetUtcNow() - IncomingAge).UtcDateTime;
        foreach (var file in new DirectoryInfo(_layout.Incoming).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < before)
                file.Delete();
        }

        _uploads.RemoveUntouched(UploadAge);
    }

    private StorageFullException Full(IOException exception) => new($"Provider '{Name}' is full.", exception);
}
