namespace Ente.Orleans.Client;

/// <summary>Removing files, bringing them back, deleting them for good (09 §10).</summary>
public sealed class TrashBin(Library library)
{
    private const int FilesPerCall = 1000;

    /// <summary>
    /// Moves own files to the trash: they leave every album and stay restorable for 30 days. Files of others are only taken out
    /// of the album.
    /// </summary>
    public async Task RemoveAsync(IReadOnlyCollection<MediaFile> files, CancellationToken cancellationToken = default)
    {
        var toTrash = files
            .Where(f => f.OwnerId == library.Session.UserId && library.FindAlbum(f.AlbumId)?.IsOwn == true)
            .DistinctBy(f => f.Id).ToList();
        foreach (var chunk in toTrash.Chunk(FilesPerCall))
        {
            await library.Http.PostAsync(
                "/files/trash", new { items = chunk.Select(f => new { fileID = f.Id, collectionID = f.AlbumId }) }, cancellationToken);
        }
        var trashed = toTrash.Select(f => f.Id).ToHashSet();
        foreach (var album in files.Where(f => !trashed.Contains(f.Id)).GroupBy(f => f.AlbumId))
        {
            foreach (var chunk in album.Chunk(FilesPerCall))
            {
                await library.Http.PostAsync(
                    "/collections/v3/remove-files", new { collectionID = album.Key, fileIDs = chunk.Select(f => f.Id) }, cancellationToken);
            }
        }
    }

    /// <summary>Brings files out of the trash into an own album.</summary>
    public async Task RestoreAsync(IReadOnlyCollection<TrashedFile> files, Album album, CancellationToken cancellationToken = default)
    {
        foreach (var chunk in files.Chunk(FilesPerCall))
        {
            var items = chunk.Select(t =>
            {
                var boxed = Boxed.Create(t.File.Key, album.Key);
                return new Wire.FileItem(t.File.Id, boxed.Cipher, boxed.Nonce);
            });
            await library.Http.PostAsync("/collections/restore-files", new { collectionID = album.Id, files = items }, cancellationToken);
        }
    }

    /// <summary>Deletes files in the trash for good; nobody can bring them back.</summary>
    public async Task DeleteAsync(IReadOnlyCollection<long> fileIds, CancellationToken cancellationToken = default)
    {
        foreach (var chunk in fileIds.Chunk(FilesPerCall))
            await library.Http.PostAsync("/trash/delete", new { fileIDs = chunk }, cancellationToken);
    }

    /// <summary>Deletes an own album. Its files go to the trash unless they are kept, in which case it must be empty.</summary>
    public Task DeleteAlbumAsync(Album album, bool keepFiles = false, CancellationToken cancellationToken = default) =>
        library.Http.DeleteAsync(
            $"/collections/v3/{album.Id}?collectionID={album.Id}&keepFiles={(keepFiles ? "true" : "false")}", null, cancellationToken);
}
