using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Npgsql;

namespace Ente.Orleans.Projections.Queries;

/// <summary>A collection as one user sees it. <paramref name="Share"/> is null for the owner's own.</summary>
public sealed record CollectionView(Collection Collection, Share? Share, IReadOnlyList<Share> Sharees, PublicLink? Link);

/// <summary>A public link with its collection, and what decides whether its owner's links work.</summary>
public sealed record LinkView(PublicLink Link, Collection Collection, Allowance OwnerAllowance, string? CustomDomain);

/// <summary>Reads of collections, shares, links and actions.</summary>
public sealed class CollectionQueries(NpgsqlDataSource database)
{
    public Task<Collection?> FindAsync(long id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Collections, "r.id = $1", cancellation, id);

    public Task<Share?> ShareAsync(long collectionId, long userId, CancellationToken cancellation) =>
        database.RowAsync(Tables.Shares, "r.collection_id = $1 and r.to_user_id = $2", cancellation, collectionId, userId);

    public Task<List<Share>> ShareesAsync(long collectionId, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Shares, "r.collection_id = $1 and not r.is_deleted order by r.to_user_id", cancellation, collectionId);

    public Task<PublicLink?> ActiveLinkAsync(long collectionId, CancellationToken cancellation) =>
        database.RowAsync(Tables.Links, "r.collection_id = $1 and not r.is_disabled", cancellation, collectionId);

    /// <summary>Own collections of an app that changed after a time, deleted ones too.</summary>
    public async Task<List<CollectionView>> OwnedAsync(long userId, string app, long since, int? limit, CancellationToken cancellation)
    {
        var rows = await database.RowsAsync(
            Tables.Collections,
            $"r.owner_id = $1 and r.app = $2 and r.updation_time > $3 order by r.updation_time limit {limit?.ToString() ?? "all"}",
            cancellation, userId, app, since);
        return await WithPartsAsync([.. rows.Select(c => (c, default(Share)))], cancellation);
    }

    /// <summary>
    /// Collections shared with the user that changed, or whose share did, after a time; ended shares
    /// too, but not those of deleted accounts.
    /// </summary>
    public async Task<List<CollectionView>> SharedAsync(long userId, string app, long since, int? limit, CancellationToken cancellation)
    {
        var split = Tables.Collections.Columns.Split(',').Length;
        var rows = await database.Command(
                $"""
                 select {Tables.Collections.ColumnsOf("c")}, {Tables.Shares.ColumnsOf("s")}
                 from projections.shares s
                 join projections.collections c on c.id = s.collection_id
                 join projections.accounts a on a.id = c.owner_id
                 where s.to_user_id = $1 and c.app = $2 and (s.updation_time > $3 or c.updation_time > $3) and not a.is_deleted
                 order by c.updation_time limit {limit?.ToString() ?? "all"}
                 """,
                userId, app, since)
            .ListAsync(r => (Tables.Collections.Read(r), (Share?)Tables.Shares.Read(r, split)), cancellation);
        return await WithPartsAsync(rows, cancellation);
    }

    /// <summary>One collection with its sharees and link, seen by its owner or with a sharee's share.</summary>
    public async Task<CollectionView> ViewAsync(Collection collection, Share? share, CancellationToken cancellation) =>
        (await WithPartsAsync([(collection, share)], cancellation))[0];

    public async Task<LinkView?> LinkAsync(string tokenHash, CancellationToken cancellation)
    {
        if (await database.RowAsync(Tables.Links, "r.token_hash = $1", cancellation, tokenHash) is not { } link) return null;
        var collection = await FindAsync(link.CollectionId, cancellation)
            ?? throw new InvalidOperationException($"link {link.Id} is of no collection");
        var allowance = await database.Command(AllowanceSql.For(Tables.Schema), new[] { collection.OwnerId }, new[] { Apps.Photos })
            .FirstAsync(AllowanceSql.Read, cancellation);
        var domain = await database.Command(
                "select value from projections.remote_values where user_id = $1 and key = $2", collection.OwnerId, RemoteValue.CustomDomain)
            .FirstAsync(r => r.TextOrNull(0), cancellation);
        return new LinkView(link, collection, allowance!, domain);
    }

    /// <summary>Pending actions of a kind for a user, by time. Settled ones were closed when they were settled.</summary>
    public Task<List<CollectionAction>> PendingActionsAsync(long userId, string action, long since, int limit, CancellationToken cancellation) =>
        database.RowsAsync(
            Tables.Actions,
            """
            r.is_pending and r.user_id = $1 and r.action = $2 and r.updated_at > $3
            order by r.updated_at, r.id limit $4
            """,
            cancellation, userId, action, since, limit);

    /// <summary>Deleted collections whose files are still to be trashed.</summary>
    public Task<List<long>> TrashPendingAsync(int limit, CancellationToken cancellation) =>
        database.Command("select id from projections.collections where is_trash_pending order by id limit $1", limit)
            .ListAsync(r => r.GetInt64(0), cancellation);

    private async Task<List<CollectionView>> WithPartsAsync(IReadOnlyList<(Collection Collection, Share? Share)> rows, CancellationToken cancellation)
    {
        if (rows.Count == 0) return [];
        var ids = rows.Select(r => r.Collection.Id).ToArray();
        var sharees = (await database.RowsAsync(
                Tables.Shares, "r.collection_id = any($1) and not r.is_deleted order by r.to_user_id", cancellation, ids))
            .ToLookup(s => s.CollectionId);
        var links = (await database.RowsAsync(Tables.Links, "r.collection_id = any($1) and not r.is_disabled", cancellation, ids))
            .ToDictionary(l => l.CollectionId);
        return
        [
            .. rows.Select(r => new CollectionView(
                r.Collection, r.Share, [.. sharees[r.Collection.Id]], links.GetValueOrDefault(r.Collection.Id))),
        ];
    }
}
