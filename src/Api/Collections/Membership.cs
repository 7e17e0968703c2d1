using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>Who may read a collection: the one check that the reading routes share (api/02 §1, A).</summary>
internal sealed class CollectionAccess(CollectionQueries collections)
{
    /// <summary>The collection and the caller's share (null for the owner); null when the caller may not know of it.</summary>
    public async Task<(Collection Collection, Share? Share, string Role)?> ReadAsync(
        long collectionId, long userId, bool allowDeletedForOwner, CancellationToken cancellation)
    {
        if (await collections.FindAsync(collectionId, cancellation) is not { } collection) return null;
        var share = collection.OwnerId == userId ? null : await collections.ShareAsync(collectionId, userId, cancellation);
        if (Roles.Of(collection, share, userId) is not { } role) return null;
        if (collection.IsDeleted && !(allowDeletedForOwner && role == Roles.Owner)) return null;
        return (collection, share, role);
    }
}
