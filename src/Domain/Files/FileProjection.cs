using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Domain.Files;

/// <summary>Rows of files, trash, file data and stored objects, from the events of file and object streams.</summary>
internal static class FileProjection
{
    public static void Apply(Snapshot s, object @event, long t)
    {
        switch (@event)
        {
            case FileCreated e:
                s.Files.Put(new FileState
                {
                    Id = e.FileId,
                    OwnerId = e.OwnerId,
                    App = e.App,
                    EncryptedMetadata = e.EncryptedMetadata,
                    MetadataHeader = e.MetadataHeader,
                    FileHeader = e.FileHeader,
                    ThumbnailHeader = e.ThumbnailHeader,
                    MagicMetadata = e.MagicMetadata,
                    PubMagicMetadata = e.PubMagicMetadata,
                    FileObjectKey = e.Content?.Key,
                    FileSize = e.Content?.Size ?? 0,
                    ThumbnailObjectKey = e.Thumbnail?.Key,
                    ThumbnailSize = e.Thumbnail?.Size ?? 0,
                    UpdationTime = t,
                });
                s.AddFile(e.OwnerId, e.App);
                break;
            case FileContentReplaced e:
                s.Files.Change(e.FileId, f => f with
                {
                    EncryptedMetadata = e.EncryptedMetadata,
                    MetadataHeader = e.MetadataHeader,
                    FileHeader = e.FileHeader,
                    ThumbnailHeader = e.ThumbnailHeader,
                    FileObjectKey = e.Content.Key,
                    FileSize = e.Content.Size,
                    ThumbnailObjectKey = e.Thumbnail.Key,
                    ThumbnailSize = e.Thumbnail.Size,
                    UpdationTime = t,
                });
                break;
            case FileThumbnailReplaced e:
                s.Files.Change(e.FileId, f => f with
                {
                    ThumbnailHeader = e.ThumbnailHeader,
                    ThumbnailObjectKey = e.Thumbnail.Key,
                    ThumbnailSize = e.Thumbnail.Size,
                    UpdationTime = t,
                });
                break;
            case FileMagicMetadataChanged e:
                s.Files.Change(e.FileId, f => f with { MagicMetadata = e.MagicMetadata, UpdationTime = t });
                break;
            case FilePublicMagicMetadataChanged e:
                s.Files.Change(e.FileId, f => f with { PubMagicMetadata = e.MagicMetadata, UpdationTime = t });
                break;
            case FileTrashed e:
                Trashed(s, e, t);
                break;
            case FileRestored e:
                s.Trash.Change(e.FileId, x => x with { IsRestored = true, UpdatedAt = t });
                break;
            case FileDeleted e:
                s.Files.Change(e.FileId, f => f with { IsDeleted = true, FileObjectKey = null, ThumbnailObjectKey = null });
                s.Trash.Change(e.FileId, x => x with { IsDeleted = true, UpdatedAt = t });
                foreach (var type in FileData.Types)
                {
                    if (s.FileData.Find((e.FileId, type)) is { } d) s.FileData.Put(d with { IsDeleted = true });
                }

                break;
            case FileScrubbed e:
                s.Files.Change(e.FileId, f => f with
                {
                    EncryptedMetadata = FileState.Scrubbed,
                    MetadataHeader = FileState.Scrubbed,
                    FileHeader = FileState.Scrubbed,
                    ThumbnailHeader = FileState.Scrubbed,
                    MagicMetadata = null,
                    PubMagicMetadata = null,
                    FileSize = 0,
                    ThumbnailSize = 0,
                });
                break;
            case FileDataPut e:
                s.FileData.Put(new FileData
                {
                    FileId = e.FileId,
                    Type = e.Type,
                    UserId = e.UserId,
                    Size = e.Size,
                    Provider = e.Provider,
                    ObjectId = e.ObjectId,
                    ObjectSize = e.ObjectSize,
                    UpdatedAt = t,
                });
                break;
            case FileDataPurged e:
                s.FileData.Change((e.FileId, e.Type), d => d with { IsPurged = true });
                break;
            case ObjectDeleted e:
                s.Objects.Change(e.Key, o => o with { IsDeleted = true });
                break;
            case ObjectStored e:
                s.Objects.Put(new StoredObject
                {
                    Key = e.Key,
                    OwnerId = e.OwnerId,
                    FileId = e.FileId,
                    Type = e.Type,
                    Size = e.Size,
                    Provider = e.Provider,
                    CreatedAt = t,
                });
                s.AddUsage(e.OwnerId, e.App, e.Size);
                break;
            case ObjectReleased e:
                s.Objects.Change(e.Key, o => o with { IsReleased = true, DeleteAfter = e.DeleteAfter });
                s.AddUsage(e.OwnerId, e.App, -e.Size);
                break;
            default:
                throw new InvalidOperationException($"no file event: {@event.GetType().Name}");
        }
    }

    public static void Needs(object @event, Needs n)
    {
        switch (@event)
        {
            case FileTrashed e:
                n.Trash.Add(e.FileId);
                n.SuggestionsFor.Add((e.UserId, e.FileId));
                break;
            case FileRestored e:
                n.Trash.Add(e.FileId);
                break;
            case FileDataPurged e:
                n.FileData.Add((e.FileId, e.Type));
                break;
            case FileDeleted e:
                n.Trash.Add(e.FileId);
                n.FileData.UnionWith(FileData.Types.Select(type => (e.FileId, type)));
                break;
        }
    }

    // The first collection and time stay: clients open the entry with that membership's key.
    private static void Trashed(Snapshot s, FileTrashed e, long t)
    {
        var old = s.Trash.Find(e.FileId);
        s.Trash.Put(old is null
            ? new TrashEntry
            {
                FileId = e.FileId,
                UserId = e.UserId,
                App = e.App,
                CollectionId = e.CollectionId,
                CreatedAt = t,
                UpdatedAt = t,
                DeleteBy = e.DeleteBy,
            }
            : old with { IsRestored = false, UpdatedAt = t, DeleteBy = e.DeleteBy });
        s.Files.Change(e.FileId, f => f with { UpdationTime = t });

        // Who put the file into the trash has answered the suggestion to delete it.
        foreach (var action in s.Suggestions[(e.UserId, e.FileId)]) s.Actions.Put(action with { IsPending = false, UpdatedAt = t });
    }
}
