using System.Runtime.CompilerServices;
using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Npgsql;

namespace Ente.Orleans.Projections.Queries;

/// <summary>A file as a collection's diff shows it. JSON columns go to clients as they are stored.</summary>
public sealed record FileView(
    long Id, long OwnerId, long CollectionId, long? CollectionOwnerId, long? AddedAt, string EncryptedKey, string KeyDecryptionNonce,
    string FileHeader, string ThumbnailHeader, string EncryptedMetadata, string MetadataHeader, bool IsDeleted, long UpdationTime,
    string? MagicMetadata, string? PubMagicMetadata, long FileSize, long ThumbnailSize, string? Action, long? ActionUser)
{
    public bool IsScrubbed => EncryptedMetadata == FileState.Scrubbed;
}

/// <summary>A trash entry with its file under the key of the membership it was trashed from.</summary>
public sealed record TrashView(FileView File, bool IsDeleted, bool IsRestored, long CreatedAt, long UpdatedAt, long DeleteBy);

/// <summary>Which times a page of a diff covers: after <paramref name="Since"/>, up to and with <paramref name="Through"/>.</summary>
public readonly record struct DiffPage(long Since, long Through, bool HasMore);

/// <summary>Whose a file is and how large; <paramref name="HasObject"/>: its bytes were not deleted.</summary>
public sealed record FileSize(long Id, long OwnerId, long Size, long ThumbnailSize, bool HasObject);

/// <summary>How much is read at once: the most rows, and about the most bytes.</summary>
public readonly record struct PieceSize(int Rows, long Bytes);

/// <summary>Reads of files, their diffs, trash and derived data.</summary>
public sealed class FileQueries(NpgsqlDataSource database)
{
    public const int PageSize = 2500;

    private const string Membership =
        """
        select f.id, f.owner_id, m.collection_id, m.collection_owner_id, m.created_at, m.encrypted_key, m.key_decryption_nonce,
               f.file_header, f.thumbnail_header, f.encrypted_metadata, f.metadata_header, m.is_deleted, m.updation_time,
               f.magic_metadata, f.pub_magic_metadata, f.file_size, f.thumbnail_size, m.action, m.action_user
        from projections.memberships m join projections.files f on f.id = m.file_id
        """;

    /// <summary>
    /// The next page of a collection's diff: rows of one time are never split, and a page is longer
    /// than usual rather than empty (api/02 §6). Writers of a collection follow each other, so all
    /// that is stored is also final. It ends at what is stored now, so that a row which changes while the page is read does not come twice.
    /// </summary>
    public async Task<DiffPage> DiffPageAsync(long collectionId, long since, CancellationToken cancellation)
    {
        var bounds = await database.Command(
                $"""
                 (select updation_time from projections.memberships where collection_id = $1 and updation_time > $2
                  order by updation_time limit 1)
                 union all
                 (select updation_time from projections.memberships where collection_id = $1 and updation_time > $2
                  order by updation_time desc limit 1)
                 union all
                 (select updation_time from projections.memberships where collection_id = $1 and updation_time > $2
                  order by updation_time offset {PageSize} limit 1)
                 """,
                collectionId, since)
            .ListAsync(r => r.GetInt64(0), cancellation);
        if (bounds.Count == 0) return new DiffPage(since, since, HasMore: false);
        if (bounds.Count < 3) return new DiffPage(since, bounds.Max(), HasMore: false);
        var (first, beyond) = (bounds.Min(), bounds.Order().ElementAt(1));
        return new DiffPage(since, first < beyond ? beyond - 1 : beyond, HasMore: true);
    }

    /// <summary>
    /// The rows of a page, oldest first, in pieces of so many rows and bytes (but a row at least). Nothing is held of the database
    /// between two pieces.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<FileView>> DiffAsync(
        long collectionId, DiffPage page, PieceSize size, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (time, id) = (page.Since, long.MaxValue);
        while (true)
        {
            var piece = await database.Command(
                    Pieces(
                        $"""
                         {Membership}
                         where m.collection_id = $1 and (m.updation_time, m.file_id) > ($2, $3) and m.updation_time <= $4
                         order by m.updation_time, m.file_id
                         """,
                        "updation_time, id"),
                    collectionId, time, id, page.Through, size.Rows, size.Bytes)
                .ListAsync(ReadView, cancellation);
            if (piece.Count == 0) yield break;
            yield return piece;
            (time, id) = (piece[^1].UpdationTime, piece[^1].Id);
        }
    }

    /// <summary>
    /// At most $5 of the rows, and of those the first that come to $6 bytes. What is stored out of line is told by its size, and only
    /// fetched for rows that are taken.
    /// </summary>
    private static string Pieces(string rows, string order) =>
        $"""
         select * from (
             select x.*, sum(pg_column_size(x.encrypted_metadata) + coalesce(pg_column_size(x.magic_metadata), 0)
                             + coalesce(pg_column_size(x.pub_magic_metadata), 0) + 600) over (order by {order} rows between unbounded preceding and 1 preceding) as before
             from ({rows} limit $5) x) y
         where coalesce(before, 0) < $6
         order by {order}
         """;

    public Task<FileView?> InCollectionAsync(long collectionId, long fileId, CancellationToken cancellation) =>
        database.Command($"{Membership} where m.collection_id = $1 and m.file_id = $2", collectionId, fileId).FirstAsync(ReadView, cancellation);

    /// <summary>The next page of a user's trash in an app, up to the horizon: entries of one time are never split.</summary>
    public async Task<DiffPage> TrashPageAsync(long userId, string app, long since, long horizon, CancellationToken cancellation)
    {
        const string own = "select updated_at from projections.trash where user_id = $1 and app = $2 and updated_at > $3 and updated_at <= $4";
        var bounds = await database.Command(
                $"({own} order by updated_at limit 1) union all ({own} order by updated_at offset {PageSize} limit 1)", userId, app, since, horizon)
            .ListAsync(r => r.GetInt64(0), cancellation);
        if (bounds.Count < 2) return new DiffPage(since, horizon, HasMore: false);
        var (first, beyond) = (bounds.Min(), bounds.Max());
        return new DiffPage(since, first < beyond ? beyond - 1 : beyond, HasMore: true);
    }

    /// <summary>The entries of a page, oldest first, in pieces as those of <see cref="DiffAsync"/>.</summary>
    public async IAsyncEnumerable<IReadOnlyList<TrashView>> TrashAsync(
        long userId, string app, DiffPage page, PieceSize size, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (time, id) = (page.Since, long.MaxValue);
        while (true)
        {
            var piece = await database.Command(
                    Pieces($"{TrashSql} and (t.updated_at, t.file_id) > ($3, $7) and t.updated_at <= $4 order by t.updated_at, t.file_id", "updated_at, id"),
                    userId, app, time, page.Through, size.Rows, size.Bytes, id)
                .ListAsync(ReadTrash, cancellation);
            if (piece.Count == 0) yield break;
            yield return piece;
            (time, id) = (piece[^1].UpdatedAt, piece[^1].File.Id);
        }
    }

    private const string TrashSql =
        """
        select f.id, f.owner_id, t.collection_id, null::bigint as collection_owner_id, null::bigint as added_at, m.encrypted_key,
               m.key_decryption_nonce, f.file_header, f.thumbnail_header, f.encrypted_metadata, f.metadata_header, false as is_removed,
               f.updation_time, f.magic_metadata, f.pub_magic_metadata, f.file_size, f.thumbnail_size, null::text as action,
               null::bigint as action_user,
               t.is_deleted, t.is_restored, t.created_at, t.updated_at, t.delete_by
        from projections.trash t
        join projections.files f on f.id = t.file_id
        join projections.memberships m on m.collection_id = t.collection_id and m.file_id = t.file_id
        where t.user_id = $1 and t.app = $2
        """;

    /// <summary>Own entries that are in the trash and last changed at or before a time.</summary>
    public Task<List<long>> InTrashUntilAsync(long userId, string app, long time, int limit, CancellationToken cancellation) =>
        database.Command(
                """
                select file_id from projections.trash
                where user_id = $1 and app = $2 and updated_at <= $3 and not is_deleted and not is_restored order by updated_at limit $4
                """,
                userId, app, time, limit)
            .ListAsync(r => r.GetInt64(0), cancellation);

    /// <summary>Entries whose time in the trash is over, with their owners.</summary>
    public Task<List<(long UserId, long FileId)>> TrashDueAsync(long now, int limit, CancellationToken cancellation) =>
        database.Command(
                """
                select user_id, file_id from projections.trash
                where delete_by <= $1 and not is_deleted and not is_restored order by delete_by limit $2
                """,
                now, limit)
            .ListAsync(r => (r.GetInt64(0), r.GetInt64(1)), cancellation);

    /// <summary>Whether the user ever put a file into the trash.</summary>
    public Task<bool> HasTrashAsync(long userId, CancellationToken cancellation) =>
        database.Command("select exists (select from projections.trash where user_id = $1)", userId).ScalarAsync<bool>(cancellation);

    /// <summary>Files deleted before a time whose envelopes are still there, with their owners.</summary>
    public Task<List<(long UserId, long FileId)>> ScrubDueAsync(long deletedBefore, int limit, CancellationToken cancellation) =>
        database.Command(
                """
                select t.user_id, t.file_id from projections.trash t join projections.files f on f.id = t.file_id
                where t.is_deleted and t.updated_at <= $1 and f.encrypted_metadata <> '-' order by t.updated_at limit $2
                """,
                deletedBefore, limit)
            .ListAsync(r => (r.GetInt64(0), r.GetInt64(1)), cancellation);

    /// <summary>Released objects whose bytes are due to go.</summary>
    public Task<List<StoredObject>> ObjectsDueAsync(long now, int limit, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Objects, $"{ObjectIsDue} and not {ObjectIsUsed} order by r.delete_after limit $2", cancellation, now, limit);

    /// <summary>Objects due for deletion that a file still has as its content or thumbnail: there should never be one.</summary>
    public Task<long> ObjectsDueAndUsedAsync(long now, CancellationToken cancellation) =>
        database.Command($"select count(*) from {Tables.Schema}.objects r where {ObjectIsDue} and {ObjectIsUsed}", now).ScalarAsync<long>(cancellation);

    private const string ObjectIsDue = "r.is_released and not r.is_deleted and r.delete_after <= $1";

    private const string ObjectIsUsed =
        $"exists (select from {Tables.Schema}.files f where f.id = r.file_id and not f.is_deleted and r.key in (f.file_object_key, f.thumbnail_object_key))";

    /// <summary>Deleted derived data whose objects are still there.</summary>
    public Task<List<FileData>> FileDataDueAsync(int limit, CancellationToken cancellation) =>
        database.RowsAsync(Tables.FileData, "r.is_deleted and not r.is_purged order by r.file_id limit $1", cancellation, limit);

    public Task<FileState?> FindAsync(long id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Files, "r.id = $1", cancellation, id);

    /// <summary>Owners and sizes of files, without their envelopes.</summary>
    public Task<List<FileSize>> SizesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation) =>
        database.Command(
                "select id, owner_id, file_size, thumbnail_size, file_object_key is not null from projections.files where id = any($1)", ids.ToArray())
            .ListAsync(r => new FileSize(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetBoolean(4)), cancellation);

    public Task<List<FileState>> FindAllAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Files, "r.id = any($1)", cancellation, ids.ToArray());

    /// <summary>
    /// Of the given files those that are live in a collection which the user owns or which is shared
    /// with the user: what may be read besides own files (api/03 §8.1).
    /// </summary>
    public async Task<HashSet<long>> ReadableAsync(long userId, IReadOnlyCollection<long> fileIds, CancellationToken cancellation) =>
        [
            .. await database.Command(
                    """
                    select m.file_id from projections.memberships m
                    where m.file_id = any($2) and not m.is_deleted and (m.collection_owner_id = $1 or exists (
                        select from projections.shares s where s.collection_id = m.collection_id and s.to_user_id = $1 and not s.is_deleted))
                    """,
                    userId, fileIds.ToArray())
                .ListAsync(r => r.GetInt64(0), cancellation),
        ];

    /// <summary>Whether a file is live in any collection.</summary>
    public Task<bool> IsLiveAsync(long fileId, CancellationToken cancellation) =>
        database.Command("select exists (select from projections.memberships where file_id = $1 and not is_deleted)", fileId)
            .ScalarAsync<bool>(cancellation);

    public Task<Membership?> MembershipAsync(long collectionId, long fileId, CancellationToken cancellation) =>
        database.RowAsync(Tables.Memberships, "r.collection_id = $1 and r.file_id = $2", cancellation, collectionId, fileId);

    public Task<List<Membership>> MembershipsAsync(long collectionId, IReadOnlyCollection<long> fileIds, CancellationToken cancellation) =>
        database.RowsAsync(Tables.Memberships, "r.collection_id = $1 and r.file_id = any($2)", cancellation, collectionId, fileIds.ToArray());

    /// <summary>Groups of own files with content of equal size.</summary>
    public Task<List<(long Size, long[] FileIds)>> SameSizeAsync(long userId, CancellationToken cancellation) =>
        database.Command(
                """
                select file_size, array_agg(id order by id) from projections.files
                where owner_id = $1 and file_object_key is not null group by file_size having count(*) > 1
                """,
                userId)
            .ListAsync(r => (r.GetInt64(0), r.GetFieldValue<long[]>(1)), cancellation);

    public Task<List<long>> LargeThumbnailsAsync(long userId, long threshold, CancellationToken cancellation) =>
        database.Command(
                "select id from projections.files where owner_id = $1 and thumbnail_object_key is not null and thumbnail_size >= $2", userId, threshold)
            .ListAsync(r => r.GetInt64(0), cancellation);

    public Task<long> CountAsync(CancellationToken cancellation) =>
        database.Command("select count(*) from projections.files").ScalarAsync<long>(cancellation);

    public Task<FileData?> DataAsync(long fileId, string type, CancellationToken cancellation) =>
        database.RowAsync(Tables.FileData, "r.file_id = $1 and r.type = $2", cancellation, fileId, type);

    public Task<List<FileData>> DataAsync(IReadOnlyCollection<long> fileIds, string type, CancellationToken cancellation) =>
        database.RowsAsync(Tables.FileData, "r.file_id = any($1) and r.type = $2", cancellation, fileIds.ToArray(), type);

    /// <summary>Derived data of own files changed after a time, oldest first; rows of one time are never split.</summary>
    public Task<List<FileData>> DataSinceAsync(long userId, long since, long horizon, int limit, CancellationToken cancellation) =>
        database.RowsAsync(
            Tables.FileData,
            """
            r.user_id = $1 and r.updated_at > $2 and r.updated_at <= $3 and r.updated_at <= coalesce((
                select x.updated_at from projections.file_data x where x.user_id = $1 and x.updated_at > $2 and x.updated_at <= $3
                order by x.updated_at offset $4 limit 1), $3)
            order by r.updated_at
            """,
            cancellation, userId, since, horizon, limit - 1);

    private static TrashView ReadTrash(NpgsqlDataReader r) =>
        new(ReadView(r), r.GetBoolean(19), r.GetBoolean(20), r.GetInt64(21), r.GetInt64(22), r.GetInt64(23));

    private static FileView ReadView(NpgsqlDataReader r) => new(
        r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.NumberOrNull(3), r.NumberOrNull(4), r.GetString(5), r.GetString(6), r.GetString(7),
        r.GetString(8), r.GetString(9), r.GetString(10), r.GetBoolean(11), r.GetInt64(12), r.TextOrNull(13), r.TextOrNull(14), r.GetInt64(15),
        r.GetInt64(16), r.TextOrNull(17), r.NumberOrNull(18));
}
