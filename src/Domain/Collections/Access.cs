using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain.Collections;

/// <summary>The checks that the collection commands share, in the order of api/02 §1.</summary>
internal static class Access
{
    /// <summary>At most so many files in one command (api/02 §8).</summary>
    public const int MaxFiles = FileLists.Most;

    /// <summary>Owner or live sharee of a collection that is not deleted, else 404: strangers learn nothing.</summary>
    public static Refusal? AsMember(Snapshot s, long collectionId, long userId, out Collection collection, out string role)
    {
        collection = s.Collections.Find(collectionId)!;
        role = collection is null ? "" : s.RoleIn(collection, userId) ?? "";
        return collection is null || role.Length == 0 || collection.IsDeleted ? Refusal.NotFound : null;
    }

    /// <summary>The owner of a collection that is not deleted.</summary>
    public static Refusal? AsOwner(Snapshot s, long collectionId, long userId, out Collection collection)
    {
        if (AsOwnerOfAny(s, collectionId, userId, out collection) is { } refusal) return refusal;
        return collection.IsDeleted ? Refusal.NotFound : null;
    }

    /// <summary>The owner, of a deleted collection too.</summary>
    public static Refusal? AsOwnerOfAny(Snapshot s, long collectionId, long userId, out Collection collection)
    {
        collection = s.Collections.Find(collectionId)!;
        if (collection is null) return Refusal.NotFound;
        return collection.OwnerId == userId ? null : Refusal.Forbidden;
    }

    /// <summary>All of the files exist, once each, and are the user's.</summary>
    public static Refusal? OwnFiles(Snapshot s, IReadOnlyList<long> fileIds, long userId)
    {
        if (fileIds.Distinct().Count() != fileIds.Count) return Refusal.BadRequest;
        var owners = fileIds.Select(s.Files.Find).Where(f => f is not null).Select(f => f!.OwnerId).ToList();
        if (owners.Count == 0) return Refusal.BadRequest;
        if (owners.Distinct().Count() > 1 || owners[0] != userId) return Refusal.Forbidden;
        return owners.Count == fileIds.Count ? null : Refusal.BadRequest;
    }

    /// <summary>No file is in the trash, or was deleted from it.</summary>
    public static Refusal? NotInTrash(Snapshot s, IEnumerable<long> fileIds) =>
        fileIds.Any(id => s.Trash.Find(id) is { IsRestored: false }) ? Refusal.FileInTrash : null;

    /// <summary>A collection of another app than the request's: no client does that.</summary>
    public static Refusal? SameApp(string a, string b) => a == b ? null : Refusal.Bad("collection belongs to another app");

    public static void NeedFiles(Needs n, long collectionId, IEnumerable<long> fileIds)
    {
        foreach (var id in fileIds)
        {
            n.Files.Add(id);
            n.Trash.Add(id);
            n.Memberships.Add((collectionId, id));
            n.PendingActions.Add((collectionId, id));
        }
    }

    public static IReadOnlyList<FileEnvelope> Envelopes(Snapshot s, IEnumerable<FileItem> files) =>
        [.. files.Select(f => new FileEnvelope(f.Id, s.Files.Get(f.Id).OwnerId, f.EncryptedKey, f.KeyDecryptionNonce))];
}

/// <summary>A file and its key under the key of the collection that it goes to.</summary>
public sealed record FileItem(long Id, string EncryptedKey, string KeyDecryptionNonce);
