namespace Ente.Orleans.Client;

/// <summary>What became of files that were removed.</summary>
/// <param name="Trashed">Ids of own files that now lie in the trash.</param>
/// <param name="TakenOut">How many files, of others or in albums of others, were only taken out of an album.</param>
public sealed record Removal(IReadOnlySet<long> Trashed, int TakenOut);

/// <summary>
/// Removing files, bringing them back, deleting them for good (09 §10). A file for which the server refuses is a problem of the
/// library, and the others go on; a refusal for all of them is thrown.
/// </summary>
public sealed class TrashBin(Library library)
{
    private const int FilesPerCall = 1000;

    /// <summary>
    /// Moves own files to the trash: they leave every album and stay restorable for 30 days. Files of others are only taken out
    /// of the album, and so are own files from albums of others.
    /// </summary>
    public async Task<Removal> RemoveAsync(IReadOnlyCollection<MediaFile> files, CancellationToken cancellationToken = default)
    {
        var toTrash = files
            .Where(f => f.OwnerId == library.Session.UserId && library.FindAlbum(f.AlbumId)?.IsOwn == true)
            .DistinctBy(f => f.Id).ToList();
        var left = await SendAsync(
            toTrash,
            f => f,
            chunk => library.Http.PostAsync(
                "/files/trash", new { items = chunk.Select(f => new { fileID = f.Id, collectionID = f.AlbumId }) }, cancellationToken),
            cancellationToken);
        var others = files.Except(toTrash).Where(f => !toTrash.Exists(t => t.Id == f.Id)).GroupBy(f => f.AlbumId).ToList();
        var takenOut = 0;
        foreach (var album in others)
        {
            var kept = await SendAsync(
                album.ToList(),
                f => f,
                chunk => library.Http.PostAsync(
                    "/collections/v3/remove-files", new { collectionID = album.Key, fileIDs = chunk.Select(f => f.Id) }, cancellationToken),
                cancellationToken);
            takenOut += album.Count() - kept.Count;
        }
        return new Removal(toTrash.Select(f => f.Id).Except(left.Select(f => f.Id)).ToHashSet(), takenOut);
    }

    /// <summary>Brings files out of the trash into an own album; returns how many.</summary>
    public async Task<int> RestoreAsync(IReadOnlyCollection<TrashedFile> files, Album album, CancellationToken cancellationToken = default)
    {
        var left = await SendAsync(
            files,
            t => t.File,
            chunk => library.Http.PostAsync(
                "/collections/restore-files", new { collectionID = album.Id, files = chunk.Select(t => ItemFor(t.File, album)) }, cancellationToken),
            cancellationToken);
        return files.Count - left.Count;
    }

    /// <summary>Deletes files in the trash for good; nobody can bring them back.</summary>
    public async Task DeleteAsync(IReadOnlyCollection<long> fileIds, CancellationToken cancellationToken = default)
    {
        foreach (var chunk in fileIds.Chunk(FilesPerCall))
            await library.Http.PostAsync("/trash/delete", new { fileIDs = chunk }, cancellationToken);
    }

    /// <summary>
    /// Deletes everything for good that was in the trash at the last sync; what another device has thrown away since stays.
    /// </summary>
    public Task EmptyAsync(CancellationToken cancellationToken = default) =>
        library.Http.PostAsync("/trash/empty", new { lastUpdatedAt = library.TrashSyncedTo }, cancellationToken);

    /// <summary>Deletes an own album. Its files go to the trash unless they are kept, in which case it must be empty.</summary>
    public Task DeleteAlbumAsync(Album album, bool keepFiles = false, CancellationToken cancellationToken = default) =>
        library.Http.DeleteAsync(
            $"/collections/v3/{album.Id}?collectionID={album.Id}&keepFiles={(keepFiles ? "true" : "false")}", null, cancellationToken);

    private static Wire.FileItem ItemFor(MediaFile file, Album album)
    {
        var boxed = Boxed.Create(file.Key, album.Key);
        return new Wire.FileItem(file.Id, boxed.Cipher, boxed.Nonce);
    }

    /// <summary>The files for which the server refused, each told as a problem.</summary>
    private async Task<IReadOnlyList<MediaFile>> SendAsync<T>(
        IReadOnlyCollection<T> items, Func<T, MediaFile> fileOf, Func<T[], Task> send, CancellationToken cancellationToken)
    {
        var refused = await library.Http.SendAsync(items, FilesPerCall, send, cancellationToken);
        if (refused.Count > 0 && refused.Count == items.Count)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(refused[0].Error);
        foreach (var item in refused)
            library.Problems.Add($"{fileOf(item.Item)}: {Reason.Of(item.Error)}");
        return [.. refused.Select(r => fileOf(r.Item))];
    }
}
