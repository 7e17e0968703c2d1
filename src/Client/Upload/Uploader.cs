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

    /// <summary>Neither photo nor video by its content; no client could show it.</summary>
    NotMedia,

    Failed,
}

/// <summary>What became of one file. <c>Bytes</c> is the plain size.</summary>
public sealed record UploadOutcome(string Path, UploadResult Result, long Bytes, Exception? Error = null)
{
    /// <summary>The video of a live photo, which became one file with the photo; else null.</summary>
    public string? Video { get; init; }

    public bool HasPlaceholderThumbnail { get; init; }

    /// <summary>Where its date comes from; null when it was not uploaded now.</summary>
    public DateSource? DatedBy { get; init; }
}

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

    /// <summary>Whether a file's name says that it is a photo or video, whatever is in it.</summary>
    public static bool PromisesMedia(string path) => MediaNames.IsMedia(path);

    /// <summary>
    /// Adds files to an album. The library is synced before and after. Running it again after any interruption uploads only
    /// what is missing.
    /// </summary>
    /// <param name="album">Own, or shared with the right to add.</param>
    /// <param name="files">Paths of regular files; see <see cref="FileSearch"/>.</param>
    /// <param name="progress">Told of bytes that arrived, from several threads.</param>
    /// <param name="finished">Told of each file that is done, from several threads.</param>
    /// <param name="cancellationToken">Stops as soon as possible; what is complete stays.</param>
    public async Task<UploadReport> AddAsync(
        Album album, IReadOnlyList<string> files, IProgress<UploadProgress>? progress = null, Action<UploadOutcome>? finished = null,
        CancellationToken cancellationToken = default)
    {
        await library.SyncAsync(cancellationToken);
        library.RequireOwnAlbums();
        // Only an owner may register a file in an album; into others' albums it goes by way of an own one (09 §6.2).
        var home = album.IsOwn ? album : await library.UncategorizedAsync(cancellationToken);
        using var batch = new Batch(
            album, home, library.OwnFilesByIdentity(),
            new ContentUploader(library.Http, library.UploadDirectory, _options.Parallel), progress, cancellationToken);
        var items = LivePairs.Of(files);
        var done = new IReadOnlyList<UploadOutcome>[items.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel };
        await Parallel.ForAsync(0, items.Count, parallel, async (i, _) =>
        {
            done[i] = batch.Stop.IsCancellationRequested ? [] : await AddItemAsync(batch, items[i]);
            foreach (var outcome in done[i])
                finished?.Invoke(outcome);
        });
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = done.SelectMany(o => o).ToList();
        await FinishAsync(batch, outcomes, cancellationToken);
        return new UploadReport(outcomes, batch.StoppedBy);
    }

    private async Task<IReadOnlyList<UploadOutcome>> AddItemAsync(Batch batch, UploadItem item)
    {
        if (item.Video is { } video && await GuardAsync(batch, item, () => AddLivePhotoAsync(batch, item.Path, video)) is { } together)
            return [together];
        var outcomes = new List<UploadOutcome>();
        foreach (var path in new[] { item.Path, item.Video }.OfType<string>())
        {
            if (await GuardAsync(batch, new UploadItem(path), () => AddFileAsync(batch, path)) is { } outcome)
                outcomes.Add(outcome);
        }
        return outcomes;
    }

    /// <summary>
    /// Whatever is wrong with one file is that file's: its outcome says so, and the others go on. Null when the batch was stopped
    /// meanwhile, or when <paramref name="add"/> gives null.
    /// </summary>
    private static async Task<UploadOutcome?> GuardAsync(Batch batch, UploadItem item, Func<Task<UploadOutcome?>> add)
    {
        try
        {
            return await add();
        }
        catch (OperationCanceledException) when (batch.Stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            if (e is EnteApiException { ConcernsAccount: true } refusal)
                batch.StopBecause(refusal);
            return new UploadOutcome(item.Path, UploadResult.Failed, 0, e) { Video = item.Video };
        }
    }

    private async Task<UploadOutcome?> AddFileAsync(Batch batch, string path)
    {
        var (type, length) = Look(path);
        if (length == 0 && MediaNames.IsMedia(path))
            throw new IOException("The file is empty: there are 0 bytes of a photo or video in it.");
        if (type is not { } kind)
            return new UploadOutcome(path, UploadResult.NotMedia, 0);
        if (SecretStream.EncryptedLength(length) > MaximumEncryptedLength)
            throw new IOException("The file is larger than the 10 GiB that one may have.");
        var identity = new FileIdentity(Path.GetFileName(path), kind, await HashAsync(path, batch.Stop.Token));
        return await AddInTurnAsync(batch, new Source(path, null, length, identity), () => MediaDetails.Read(path, kind, _options.Zone, batch.SideCars));
    }

    /// <summary>Null when the two are no live photo after all: each is then a file of its own.</summary>
    private async Task<UploadOutcome?> AddLivePhotoAsync(Batch batch, string image, string video)
    {
        var (imageType, imageLength) = Look(image);
        var (videoType, videoLength) = Look(video);
        if (imageType != MediaType.Image || videoType != MediaType.Video || Math.Max(imageLength, videoLength) > LivePairs.LargestPart)
            return null;
        var details = MediaDetails.Read(image, MediaType.Image, _options.Zone, batch.SideCars);
        if (!LivePairs.AreOfOneTime(details, MediaDetails.Read(video, MediaType.Video, _options.Zone, batch.SideCars)))
            return null;
        var hash = LivePairs.JoinHashes(await HashAsync(image, batch.Stop.Token), await HashAsync(video, batch.Stop.Token));
        var identity = new FileIdentity(Path.GetFileName(image), MediaType.LivePhoto, hash);
        return await AddInTurnAsync(
            batch, new Source(image, video, imageLength + videoLength, identity), () => details with { Type = MediaType.LivePhoto });
    }

    /// <summary>Two equal files of one batch must become one: the second waits for the first and then finds it.</summary>
    private async Task<UploadOutcome?> AddInTurnAsync(Batch batch, Source source, Func<MediaDetails> read)
    {
        var turn = batch.Turns.GetOrAdd(source.Identity, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(batch.Stop.Token);
        try
        {
            return await AddOnceAsync(batch, source, read);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<UploadOutcome> AddOnceAsync(Batch batch, Source source, Func<MediaDetails> read)
    {
        var (path, identity) = (source.Path, source.Identity);
        var outcome = new UploadOutcome(path, UploadResult.AlreadyInAlbum, source.Length) { Video = source.Video };
        if (batch.Known.TryGetValue(identity, out var same))
        {
            if (same.Any(f => f.AlbumId == batch.Album.Id))
                return outcome;
            batch.AddLater(path, same[0]);
            batch.Remember(identity, same[0] with { AlbumId = batch.Album.Id });
            return outcome with { Result = UploadResult.AddedToAlbum };
        }

        var details = read();
        var shown = identity.Type == MediaType.LivePhoto ? MediaType.Image : identity.Type;
        var thumbnail = await _options.Thumbnails.CreateAsync(path, shown, batch.Stop.Token);
        var file = await UploadAsync(batch, source, details, thumbnail);
        if (batch.Home.Id != batch.Album.Id)
            batch.AddLater(path, file);
        batch.Remember(identity, file with { AlbumId = batch.Album.Id });
        return outcome with { Result = UploadResult.Uploaded, HasPlaceholderThumbnail = thumbnail.IsPlaceholder, DatedBy = details.DatedBy };
    }

    private async Task<MediaFile> UploadAsync(Batch batch, Source source, MediaDetails details, Thumbnail thumbnail)
    {
        var total = SecretStream.EncryptedLength(source.Length);
        long sent = 0;
        void Sent(long bytes) => batch.Progress?.Report(new UploadProgress(source.Path, Interlocked.Add(ref sent, bytes), total));
        var content = source.Video is { } video
            ? await batch.Contents.UploadLivePhotoAsync(source.Path, video, source.Identity, Sent, batch.Stop.Token)
            : await batch.Contents.UploadAsync(source.Path, source.Length, source.Identity, Sent, batch.Stop.Token);
        var thumbnailBlob = Blob.Encrypt(thumbnail.Jpeg, content.FileKey);
        var thumbnailKey = await batch.Contents.UploadBytesAsync(thumbnailBlob.Cipher, batch.Stop.Token);

        var metadata = details.ToMetadata(source.Identity.Title, source.Identity.Hash, thumbnail.IsPlaceholder);
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
                () => library.Http.PostAsync<RemoteFile>("/files", request, cancellationToken), cancellationToken);
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
    /// costs a few calls, not one each. Then brings the library up to date.
    /// </summary>
    private async Task FinishAsync(Batch batch, List<UploadOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (batch.StoppedBy?.Status == HttpStatusCode.Unauthorized)
            return;
        try
        {
            var refused = await library.Http.SendAsync(
                batch.Additions,
                AdditionsPerCall,
                chunk => library.Http.PostAsync(
                    "/collections/add-files", new { collectionID = batch.Album.Id, files = chunk.Select(a => a.Item) }, cancellationToken),
                cancellationToken);
            foreach (var ((path, _), error) in refused)
            {
                var at = outcomes.FindIndex(o => string.Equals(o.Path, path, StringComparison.Ordinal));
                outcomes[at] = outcomes[at] with { Result = UploadResult.Failed, Error = error };
            }
            await library.SyncAsync(cancellationToken);
        }
        catch (EnteApiException e) when (e.ConcernsAccount)
        {
            batch.StopBecause(e);
        }
        catch (Exception e) when (EnteClient.IsTransfer(e))
        {
            // What was uploaded is uploaded, and the report must say so.
            library.Problems.Add($"What was added could not be read back: {Reason.Of(e)}");
        }
    }

    private static (MediaType? Type, long Length) Look(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return (MediaSniffer.Sniff(file), file.Length);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var plain = RegularFile.OpenRead(path);
        return Convert.ToBase64String(await GenericHash.ComputeAsync(plain, cancellationToken));
    }

    private static Wire.FileAttributes Attributes(string objectKey, byte[] header, long size) =>
        new() { ObjectKey = objectKey, DecryptionHeader = Convert.ToBase64String(header), Size = size };

    /// <summary>What is to become one file: a path, the video of a live photo, and the bytes of both.</summary>
    private sealed record Source(string Path, string? Video, long Length, FileIdentity Identity);

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
        public SideCars SideCars { get; } = new();
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
