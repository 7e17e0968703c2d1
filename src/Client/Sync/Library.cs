using System.Net;
using System.Runtime.ExceptionServices;
using System.Text;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// An account's albums and files as last synced, kept on disk in encrypted form and brought up to date with one cursor over the
/// collections, one per collection, and one over the trash (09 §5). Not for use by several threads at once.
/// </summary>
public sealed class Library
{
    private readonly string _directory;
    private readonly Journal<Collection> _collections;
    private readonly Journal<TrashItem> _trash;
    private readonly Dictionary<long, Journal<RemoteFile>> _files = [];
    private readonly Dictionary<long, Album> _albums = [];
    private readonly Dictionary<long, Exception> _outdated = [];
    private readonly Dictionary<long, (long Version, OpenedFiles Files)> _opened = [];

    /// <param name="http">A client that calls as the account.</param>
    /// <param name="session">The account.</param>
    /// <param name="directory">Where the state is kept; see <see cref="CredentialStore.StateDirectory"/>.</param>
    /// <param name="problems">Told of what cannot be opened or read.</param>
    public Library(EnteClient http, Session session, string directory, Problems? problems = null)
    {
        Http = http;
        Session = session;
        Problems = problems ?? new Problems();
        _directory = directory;
        PrivateFiles.CreateDirectory(directory);
        _collections = new Journal<Collection>(Path.Combine(directory, "collections.jsonl"), c => c.ID);
        _trash = new Journal<TrashItem>(Path.Combine(directory, "trash.jsonl"), t => t.File.ID ?? 0);
        foreach (var collection in _collections.Rows.Values)
            OpenAlbum(collection);
    }

    public EnteClient Http { get; }
    public Session Session { get; }

    /// <summary>Where unfinished uploads are remembered.</summary>
    internal string UploadDirectory => Path.Combine(_directory, "uploads");

    /// <summary>Multipart uploads that were begun and not finished; adding the same files again goes on with them.</summary>
    public int UnfinishedUploads =>
        Directory.Exists(UploadDirectory) ? Directory.EnumerateFiles(UploadDirectory, "*.upload").Count() : 0;

    /// <summary>Albums of this account and shared with it; the deleted ones are left out.</summary>
    public IEnumerable<Album> Albums => _albums.Values.Where(a => !a.IsDeleted).OrderBy(a => a.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>What could not be opened or synced, in words; empty when all is well. One bad entry does not hide the others.</summary>
    public Problems Problems { get; }

    /// <summary>Time of the newest change of the trash that is known here, microseconds; 0 when there never was one.</summary>
    internal long TrashSyncedTo => _trash.Cursor;

    public Album? FindAlbum(long id) => _albums.GetValueOrDefault(id);

    /// <summary>Live files of an album, oldest first.</summary>
    public IReadOnlyList<MediaFile> Files(Album album)
    {
        var opened = Open(album);
        foreach (var row in opened.Unreadable)
            Problems.Add(Unreadable(row, album));
        return opened.Files;
    }

    /// <summary>Files in the trash that can still be restored.</summary>
    public IReadOnlyList<TrashedFile> Trash()
    {
        var files = new List<TrashedFile>();
        foreach (var item in _trash.Rows.Values.Where(t => !t.IsDeleted && !t.IsRestored))
        {
            if (_albums.TryGetValue(item.File.CollectionID, out var album) && MediaFile.Open(item.File, album.Key) is { } file)
                files.Add(new TrashedFile(file, Moment.Clamp(item.DeleteBy)));
            else
                Problems.Add($"File {item.File.ID} in the trash cannot be decrypted.");
        }
        return files;
    }

    /// <summary>How many files are in the trash, also those that cannot be opened.</summary>
    public int TrashCount => _trash.Rows.Values.Count(t => !t.IsDeleted && !t.IsRestored);

    /// <summary>Own files by what makes them the same, outside of hidden albums (08 §8.5).</summary>
    public Dictionary<FileIdentity, List<MediaFile>> OwnFilesByIdentity()
    {
        var found = new Dictionary<FileIdentity, List<MediaFile>>();
        foreach (var album in Albums.Where(a => !a.IsHidden))
        {
            var opened = Open(album);
            // What others put into shared albums does not matter here, whether it opens or not.
            foreach (var row in opened.Unreadable.Where(r => r.OwnerID == Session.UserId))
                Problems.Add(Unreadable(row, album));
            foreach (var file in opened.Files)
            {
                if (file.OwnerId != Session.UserId || file.Identity is not { } identity)
                    continue;
                if (!found.TryGetValue(identity, out var same))
                    found[identity] = same = [];
                same.Add(file);
            }
        }
        return found;
    }

    /// <summary>
    /// Brings everything up to date. What was read before a failure is kept; the next call goes on from there. An album that cannot
    /// be read is a problem of its own: it stays as it was last known, and the others are read.
    /// </summary>
    public async Task SyncAsync(CancellationToken cancellationToken = default)
    {
        var page = await Http.GetAsync<Collections>($"/collections/v2?sinceTime={_collections.Cursor}", cancellationToken);
        _collections.Append(page.Items, page.Items.Select(c => c.UpdationTime).DefaultIfEmpty(_collections.Cursor).Max(), 0);
        foreach (var collection in page.Items)
            OpenAlbum(collection);
        _outdated.Clear();
        var inTrouble = 0;
        foreach (var album in Albums.ToList())
        {
            var failure = await TrySyncFilesAsync(album, cancellationToken);
            inTrouble = failure is EnteApiException { IsPassing: true } ? inTrouble + 1 : 0;
            // Each has been tried four times: it is not the albums, it is the server.
            if (inTrouble == 2)
                ExceptionDispatchInfo.Throw(failure!);
        }
        await SyncTrashAsync(cancellationToken);
    }

    /// <summary>Throws what kept the last sync from reading an own album: what depends on knowing all own files must not go on.</summary>
    public void RequireOwnAlbums()
    {
        foreach (var (id, failure) in _outdated)
        {
            if (FindAlbum(id) is { IsOwn: true })
                ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Creates an album and makes it known here at once.</summary>
    /// <param name="name">Any text.</param>
    /// <param name="type">
    /// <c>album</c>, or <c>uncategorized</c>, of which there is one: an existing one is returned with its own key.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Album> CreateAlbumAsync(string name, string type = "album", CancellationToken cancellationToken = default)
    {
        var key = Secrets.RandomBytes(SecretBox.KeySize);
        var boxedKey = Boxed.Create(key, Session.MasterKey);
        var boxedName = Boxed.Create(Encoding.UTF8.GetBytes(name), key);
        var answer = await Http.PostAsync<CollectionAnswer>(
            "/collections",
            new
            {
                encryptedKey = boxedKey.Cipher,
                keyDecryptionNonce = boxedKey.Nonce,
                encryptedName = boxedName.Cipher,
                nameDecryptionNonce = boxedName.Nonce,
                type,
            },
            cancellationToken);
        return OpenAlbum(answer.Collection)
            ?? throw new UntrustworthyDataException("The server answered with an album that this account's keys do not open.");
    }

    /// <summary>The own album of that name, or null; an album proper is preferred to a device folder.</summary>
    public Album? FindOwnAlbum(string name) => Albums
        .Where(a => a.IsOwn && a.Type is not "uncategorized" && string.Equals(a.Name, name, StringComparison.Ordinal))
        .OrderBy(a => string.Equals(a.Type, "album", StringComparison.Ordinal) ? 0 : 1).ThenBy(a => a.Id).FirstOrDefault();

    /// <summary>Where own files live that are in no album; made when missing.</summary>
    public async Task<Album> UncategorizedAsync(CancellationToken cancellationToken = default) =>
        Albums.FirstOrDefault(a => a.IsOwn && string.Equals(a.Type, "uncategorized", StringComparison.Ordinal))
        ?? await CreateAlbumAsync("Uncategorized", "uncategorized", cancellationToken);

    private Journal<RemoteFile> JournalOf(long albumId)
    {
        if (!_files.TryGetValue(albumId, out var journal))
            _files[albumId] = journal = new Journal<RemoteFile>(Path.Combine(_directory, $"files-{albumId}.jsonl"), f => f.ID ?? 0);
        return journal;
    }

    private Album? OpenAlbum(Collection collection)
    {
        var album = Album.Open(collection, Session);
        if (album is not null)
            _albums[collection.ID] = album;
        else if (collection.IsDeleted == true && _albums.TryGetValue(collection.ID, out var known))
            _albums[collection.ID] = known with { IsDeleted = true };
        else
            Problems.Add(collection.Owner.Email is { Length: > 0 } owner
                ? $"Album {collection.ID} of {owner} cannot be decrypted."
                : $"Album {collection.ID} cannot be decrypted.");
        return album;
    }

    private OpenedFiles Open(Album album)
    {
        var journal = JournalOf(album.Id);
        if (_opened.TryGetValue(album.Id, out var known) && known.Version == journal.Cursor)
            return known.Files;
        var opened = OpenedFiles.Of(journal.Rows.Values, album.Key);
        _opened[album.Id] = (journal.Cursor, opened);
        return opened;
    }

    private static string Unreadable(RemoteFile row, Album album) => $"File {row.ID} of album {album.Name} cannot be decrypted.";

    private async Task<Exception?> TrySyncFilesAsync(Album album, CancellationToken cancellationToken)
    {
        try
        {
            await SyncFilesAsync(album, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is UntrustworthyDataException or EnteApiException { ConcernsAccount: false })
        {
            _outdated[album.Id] = e;
            Problems.Add($"Album {album.Name} cannot be read and may be out of date: {Reason.Of(e)}");
            return e;
        }
    }

    private async Task SyncFilesAsync(Album album, CancellationToken cancellationToken)
    {
        var journal = JournalOf(album.Id);
        try
        {
            while (journal.CompleteTo != album.UpdationTime)
            {
                var page = await Http.GetAsync<FileDiff>(
                    $"/collections/v2/diff?collectionID={album.Id}&sinceTime={journal.Cursor}", cancellationToken);
                var cursor = page.Diff.Select(f => f.UpdationTime ?? 0).DefaultIfEmpty(journal.Cursor).Max();
                RequireProgress(page.HasMore, cursor > journal.Cursor, "collections/v2/diff");
                // The cursor is the newest file's time, never the collection's: a change that becomes visible in between stays ahead.
                journal.Append(page.Diff, cursor, page.HasMore ? journal.CompleteTo : album.UpdationTime);
            }
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            // Deleted or unshared between the two calls; the next list brings its tombstone.
            _albums[album.Id] = album with { IsDeleted = true };
        }
    }

    private async Task SyncTrashAsync(CancellationToken cancellationToken)
    {
        bool hasMore;
        do
        {
            var page = await Http.GetAsync<TrashDiff>($"/trash/v2/diff?sinceTime={_trash.Cursor}", cancellationToken);
            var cursor = page.Diff.Select(t => t.UpdatedAt).DefaultIfEmpty(_trash.Cursor).Max();
            RequireProgress(page.HasMore, cursor > _trash.Cursor, "trash/v2/diff");
            foreach (var id in page.Diff.Select(t => t.File.CollectionID).Distinct().Where(id => !_albums.ContainsKey(id)))
                await FetchAlbumAsync(id, cancellationToken);
            _trash.Append(page.Diff, cursor, 0);
            hasMore = page.HasMore;
        }
        while (hasMore);
    }

    /// <summary>The trash can name albums that the list no longer shows; their keys still open what lies there.</summary>
    private async Task FetchAlbumAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            OpenAlbum((await Http.GetAsync<CollectionAnswer>($"/collections/{id}", cancellationToken)).Collection);
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            Problems.Add($"Album {id}, from which files are in the trash, is no longer there.");
        }
    }

    private static void RequireProgress(bool hasMore, bool moved, string call)
    {
        // "More" without anything newer would be asked for ever (09 §11.2).
        if (hasMore && !moved)
            throw new UntrustworthyDataException($"{call} says there is more but gives nothing newer.");
    }
}
