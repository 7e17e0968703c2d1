using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>Settings of an upload.</summary>
public sealed record UploadOptions
{
    /// <summary>Files at a time, and requests to object storage at a time.</summary>
    public int Parallel { get; init; } = 4;

    public ThumbnailMaker Thumbnails { get; init; } = new();

    /// <summary>Zone in which embedded times without one are read.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;
}

public enum UploadResult
{
    /// <summary>Encrypted and sent.</summary>
    Uploaded,

    /// <summary>Was in another album already; now in this one too, without a transfer.</summary>
    AddedToAlbum,

    /// <summary>Was in this album already; nothing was done.</summary>
    AlreadyInAlbum,

    /// <summary>Neither photo nor video; no client could show it.</summary>
    NotMedia,

    Failed,
}

/// <summary>What became of one file. <c>Bytes</c> is the plain size.</summary>
public sealed record UploadOutcome(string Path, UploadResult Result, long Bytes, Exception? Error = null, bool HasPlaceholderThumbnail = false);

/// <summary>Progress of one file: encrypted bytes that arrived, of how many.</summary>
public sealed record UploadProgress(string Path, long Sent, long Total);

/// <summary>All outcomes, in the order of the paths; files that were not tried because the batch was stopped are left out.</summary>
/// <param name="Outcomes">One per file.</param>
/// <param name="StoppedBy">Why the batch was stopped: logged out (401), no subscription (402), storage full (426).</param>
public sealed record UploadReport(IReadOnlyList<UploadOutcome> Outcomes, EnteApiException? StoppedBy);

/// <summary>
/// Adds photos and videos to an album (09 §6.2): hash, look for an own file that is the same, else encrypt, send content and
/// thumbnail, register.
/// </summary>
public sealed class Uploader(Library library, UploadOptions? options = null)
{
    private const long MaximumEncryptedLength = 10L << 30;
    private const int AdditionsPerCall = 1000;

    private readonly UploadOptions _options = options ?? new UploadOptions();

    /// <summary>
    /// The files under the given paths: files as they are, directories with all levels, in order of name, without hidden ones.
    /// </summary>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = new List<string>();
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            // Links are not followed: they can form circles.
            AttributesToSkip = System.IO.FileAttributes.Hidden | System.IO.FileAttributes.System | System.IO.FileAttributes.ReparsePoint,
            IgnoreInaccessible = false,
        };
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(path, "*", options).Order(StringComparer.Ordinal));
            else if (File.Exists(path))
                files.Add(path);
            else
                throw new FileNotFoundException($"{path} does not exist.", path);
        }
        return [.. files.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Adds files to an album. The library is synced before and after. Running it again after any interruption uploads only
    /// what is missing.
    /// </summary>
    /// <param name="album">Own, or shared with the right to add.</param>
    /// <param name="files">Paths; see <see cref="Expand"/>.</param>
    /// <param name="progress">Told of bytes that arrived, from several threads.</param>
    /// <param name="finished">Told of each file that is done, from several threads.</param>
    /// <param name="cancellationToken">Stops as soon as possible; what is complete stays.</param>
    public async Task<UploadReport> AddAsync(
        Album album, IReadOnlyList<string> files, IProgress<UploadProgress>? progress = null, Action<UploadOutcome>? finished = null,
        CancellationToken cancellationToken = default)
    {
        await library.SyncAsync(cancellationToken);
        // Only an owner may register a file in an album; into others' albums it goes by way of an own one (09 §6.2).
        var home = album.IsOwn ? album : await library.UncategorizedAsync(cancellationToken);
        using var batch = new Batch(
            album, home, library.OwnFilesByIdentity(),
            new ContentUploader(library.Http, library.UploadDirectory, _options.Parallel), progress, cancellationToken);
        var outcomes = new UploadOutcome?[files.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel };
        await Parallel.ForAsync(0, files.Count, parallel, async (i, _) =>
        {
            if (!batch.Stop.IsCancellationRequested && await AddOneAsync(batch, files[i]) is { } outcome)
            {
                outcomes[i] = outcome;
                finished?.Invoke(outcome);
            }
        });
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.StoppedBy?.Status != HttpStatusCode.Unauthorized)
        {
            await FlushAdditionsAsync(batch, outcomes, cancellationToken);
            await library.SyncAsync(cancellationToken);
        }
        return new UploadReport([.. outcomes.OfType<UploadOutcome>()], batch.StoppedBy);
    }

    private async Task<UploadOutcome?> AddOneAsync(Batch batch, string path)
    {
        long length = 0;
        try
        {
            if (MediaSniffer.Sniff(path) is not { } type)
                return new UploadOutcome(path, UploadResult.NotMedia, 0);
            length = new FileInfo(path).Length;
            if (SecretStream.EncryptedLength(length) > MaximumEncryptedLength)
                throw new IOException($"{path} is larger than the 10 GiB that a file may have.");
            var identity = new FileIdentity(Path.GetFileName(path), type, await HashAsync(path, batch.Stop.Token));
            // Two equal files of one batch must become one: the second waits for the first and then finds it.
            var turn = batch.Turns.GetOrAdd(identity, _ => new SemaphoreSlim(1));
            await turn.WaitAsync(batch.Stop.Token);
            try
            {
                return await AddOnceAsync(batch, path, length, identity);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException) when (batch.Stop.IsCancellationRequested)
        {
            return null;
        }
        catch (EnteApiException e) when (e.Status is HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.UpgradeRequired)
        {
            batch.StopBecause(e);
            return new UploadOutcome(path, UploadResult.Failed, length, e);
        }
        catch (Exception e) when (EnteClient.IsTransfer(e) || e is UnauthorizedAccessException or UntrustworthyDataException)
        {
            return new UploadOutcome(path, UploadResult.Failed, length, e);
        }
    }

    private async Task<UploadOutcome> AddOnceAsync(Batch batch, string path, long length, FileIdentity identity)
    {
        if (batch.Known.TryGetValue(identity, out var same))
        {
            if (same.Any(f => f.AlbumId == batch.Album.Id))
                return new UploadOutcome(path, UploadResult.AlreadyInAlbum, length);
            batch.AddLater(path, same[0]);
            batch.Remember(identity, same[0] with { AlbumId = batch.Album.Id });
            return new UploadOutcome(path, UploadResult.AddedToAlbum, length);
        }

        var thumbnail = await _options.Thumbnails.CreateAsync(path, identity.Type, batch.Stop.Token);
        var file = await UploadAsync(batch, path, length, identity, thumbnail);
        if (batch.Home.Id != batch.Album.Id)
            batch.AddLater(path, file);
        batch.Remember(identity, file with { AlbumId = batch.Album.Id });
        return new UploadOutcome(path, UploadResult.Uploaded, length, HasPlaceholderThumbnail: thumbnail.IsPlaceholder);
    }

    private async Task<MediaFile> UploadAsync(Batch batch, string path, long length, FileIdentity identity, Thumbnail thumbnail)
    {
        var total = SecretStream.EncryptedLength(length);
        long sent = 0;
        var content = await batch.Contents.UploadAsync(
            path, length, identity, bytes => batch.Progress?.Report(new UploadProgress(path, Interlocked.Add(ref sent, bytes), total)),
            batch.Stop.Token);
        var thumbnailBlob = Blob.Encrypt(thumbnail.Jpeg, content.FileKey);
        var thumbnailKey = await batch.Contents.UploadBytesAsync(thumbnailBlob.Cipher, batch.Stop.Token);

        var details = MediaDetails.Read(path, identity.Type, _options.Zone);
        var metadata = details.ToMetadata(identity.Title, identity.Hash, thumbnail.IsPlaceholder);
        var metadataBlob = Blob.Encrypt(Encoding.UTF8.GetBytes(metadata.ToJsonString(Json.Options)), content.FileKey);
        var boxedKey = Boxed.Create(content.FileKey, batch.Home.Key);
        var request = new RemoteFile
        {
            CollectionID = batch.Home.Id,
            EncryptedKey = boxedKey.Cipher,
            KeyDecryptionNonce = boxedKey.Nonce,
            File = Attributes(content.ObjectKey, content.Header, content.EncryptedLength),
            Thumbnail = Attributes(thumbnailKey, thumbnailBlob.Header, thumbnailBlob.Cipher.Length),
            Metadata = new Wire.FileAttributes
            {
                EncryptedData = Convert.ToBase64String(metadataBlob.Cipher),
                DecryptionHeader = Convert.ToBase64String(metadataBlob.Header),
            },
            PubMagicMetadata = Envelope.Seal(details.ToPublicMetadata(thumbnail.IsPlaceholder), content.FileKey),
        };
        var created = await RegisterAsync(request, content, batch.Stop.Token);
        content.Pending?.Forget();
        return MediaFile.Open(request with { ID = created.ID, OwnerID = library.Session.UserId }, batch.Home.Key)
            ?? throw new InvalidOperationException("A file that was just encrypted does not open.");
    }

    /// <summary>
    /// Registers the file; repeats are safe because the server answers a repeated request with the same file (03 §7.1).
    /// </summary>
    private async Task<RemoteFile> RegisterAsync(RemoteFile request, UploadedContent content, CancellationToken cancellationToken)
    {
        try
        {
            return await library.Http.RepeatAsync(
                () => library.Http.PostAsync<RemoteFile>("/files", request, cancellationToken),
                e => e is EnteApiException { Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests },
                cancellationToken);
        }
        catch (EnteApiException e) when (e.Status is HttpStatusCode.BadRequest or HttpStatusCode.ServiceUnavailable)
        {
            // The server cannot find the object, or refuses it: a rerun must not rely on what was sent before.
            content.Pending?.Forget();
            throw;
        }
    }

    /// <summary>
    /// Puts files that are already on the server into the album, many with one call: a second directory tree of known photos
    /// costs a few calls, not one each.
    /// </summary>
    private async Task FlushAdditionsAsync(Batch batch, UploadOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        foreach (var chunk in batch.Additions.Chunk(AdditionsPerCall))
        {
            try
            {
                await library.Http.PostAsync(
                    "/collections/add-files", new { collectionID = batch.Album.Id, files = chunk.Select(a => a.Item) }, cancellationToken);
            }
            catch (Exception e) when (EnteClient.IsTransfer(e))
            {
                var failed = chunk.Select(a => a.Path).ToHashSet(StringComparer.Ordinal);
                for (var i = 0; i < outcomes.Length; i++)
                {
                    if (outcomes[i] is { } outcome && failed.Contains(outcome.Path))
                        outcomes[i] = outcome with { Result = UploadResult.Failed, Error = e };
                }
            }
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var plain = File.OpenRead(path);
        return Convert.ToBase64String(await GenericHash.ComputeAsync(plain, cancellationToken));
    }

    private static Wire.FileAttributes Attributes(string objectKey, byte[] header, long size) =>
        new() { ObjectKey = objectKey, DecryptionHeader = Convert.ToBase64String(header), Size = size };

    /// <summary>One call of <see cref="AddAsync"/>.</summary>
    private sealed class Batch(
        Album album, Album home, Dictionary<FileIdentity, List<MediaFile>> known, ContentUploader contents,
        IProgress<UploadProgress>? progress, CancellationToken cancellationToken) : IDisposable
    {
        public Album Album { get; } = album;

        /// <summary>The own album in which new files are registered.</summary>
        public Album Home { get; } = home;

        public ConcurrentDictionary<FileIdentity, IReadOnlyList<MediaFile>> Known { get; } =
            new(known.Select(p => KeyValuePair.Create(p.Key, (IReadOnlyList<MediaFile>)p.Value)));

        public ConcurrentDictionary<FileIdentity, SemaphoreSlim> Turns { get; } = new();
        public ContentUploader Contents { get; } = contents;
        public IProgress<UploadProgress>? Progress { get; } = progress;
        public CancellationTokenSource Stop { get; } = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        public ConcurrentQueue<(string Path, FileItem Item)> Additions { get; } = new();
        public EnteApiException? StoppedBy { get; private set; }

        public void AddLater(string path, MediaFile file)
        {
            var boxed = Boxed.Create(file.Key, Album.Key);
            Additions.Enqueue((path, new FileItem(file.Id, boxed.Cipher, boxed.Nonce)));
        }

        public void StopBecause(EnteApiException cause)
        {
            StoppedBy ??= cause;
            Stop.Cancel();
        }

        public void Remember(FileIdentity identity, MediaFile file) =>
            Known.AddOrUpdate(identity, _ => [file], (_, files) => [.. files, file]);

        public void Dispose()
        {
            Contents.Dispose();
            Stop.Dispose();
            foreach (var turn in Turns.Values)
                turn.Dispose();
        }
    }
}
