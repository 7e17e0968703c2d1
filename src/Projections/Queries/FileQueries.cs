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
    /// that is stored is also final.
    /// </summary>
    public async Task<DiffPage> DiffPageAsync(long collectionId, long since, CancellationToken cancellation)
    {
        var bounds = await database.Command(
                $"""
                 (select updation_time from projections.memberships where collection_id = $1 and updation_time > $2
                  order by updation_time limit 1)
                 union all
                 (select updation_time from projections.memberships where collection_id = $1 and updation_time > $2
                  order by updation_time offset {PageSize} limit 1)
                 """,
                collectionId, since)
            .ListAsync(r => r.GetInt64(0), cancellation);
        if (bounds.Count < 2) return new DiffPage(since, long.MaxValue, HasMore: false);
        var (first, beyond) = (bounds.Min(), bounds.Max());
        return new DiffPage(since, first < beyond ? beyond - 1 : beyond, HasMore: true);
    }

    /// <summary>The rows of a page, oldest first, one at a time.</summary>
    public IAsyncEnumerable<FileView> DiffAsync(long collectionId, DiffPage page, CancellationToken cancellation) =>
        ReadAsync(
            $"{Membership} where m.collection_id = $1 and m.updation_time > $2 and m.updation_time <= $3 order by m.updation_time, m.file_id",
            cancellation, collectionId, page.Since, page.Through);

    public async Task<FileView?> InCollectionAsync(long collectionId, long fileId, CancellationToken cancellation)
    {
        await foreach (var file in ReadAsync($"{Membership} where m.collection_id = $1 and m.file_id = $2", cancellation, collectionId, fileId))
            return file;
        return null;
    }

    /// <summary>Own trash entries of an app after a time and up to the horizon, oldest first; at least one more than a page if there are.</summary>
    public Task<List<TrashView>> TrashAsync(long userId, string app, long since, long horizon, CancellationToken cancellation) =>
        database.Command(TrashSql + $" order by t.updated_at limit {PageSize + 1}", userId, app, since, horizon).ListAsync(ReadTrash, cancellation);

    /// <summary>All own trash entries of one time.</summary>
    public Task<List<TrashView>> TrashAtAsync(long userId, string app, long time, CancellationToken cancellation) =>
        database.Command(TrashSql, userId, app, time - 1, time).ListAsync(ReadTrash, cancellation);

    private const string TrashSql =
        """
        select f.id, f.owner_id, t.collection_id, null::bigint, null::bigint, m.encrypted_key, m.key_decryption_nonce,
               f.file_header, f.thumbnail_header, f.encrypted_metadata, f.metadata_header, false, f.updation_time,
               f.magic_metadata, f.pub_magic_metadata, f.file_size, f.thumbnail_size, null::text, null::bigint,
               t.is_deleted, t.is_restored, t.created_at, t.updated_at, t.delete_by
        from projections.trash t
        join projections.files f on f.id = t.file_id
        join projections.memberships m on m.collection_id = t.collection_id and m.file_id = t.file_id
        where t.user_id = $1 and t.app = $2 and t.updated_at > $3 and t.updated_at <= $4
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
        database.RowsAsync(
            Tables.Objects, "r.is_released and not r.is_deleted and r.delete_after <= $1 order by r.delete_after limit $2", cancellation, now, limit);

    /// <summary>Deleted derived data whose objects are still there.</summary>
    public Task<List<FileData>> FileDataDueAsync(int limit, CancellationToken cancellation) =>
        database.RowsAsync(Tables.FileData, "r.is_deleted and not r.is_purged order by r.file_id limit $1", cancellation, limit);

    public Task<FileState?> FindAsync(long id, CancellationToken cancellation) =>
        database.RowAsync(Tables.Files, "r.id = $1", cancellation, id);

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

    private async IAsyncEnumerable<FileView> ReadAsync(
        string sql, [EnumeratorCancellation] CancellationToken cancellation, params object[] parameters)
    {
        await using var command = database.Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) yield return ReadView(reader);
    }

    private static TrashView ReadTrash(NpgsqlDataReader r) =>
        new(ReadView(r), r.GetBoolean(19), r.GetBoolean(20), r.GetInt64(21), r.GetInt64(22), r.GetInt64(23));

    private static FileView ReadView(NpgsqlDataReader r) => new(
        r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.NumberOrNull(3), r.NumberOrNull(4), r.GetString(5), r.GetString(6), r.GetString(7),
        r.GetString(8), r.GetString(9), r.GetString(10), r.GetBoolean(11), r.GetInt64(12), r.TextOrNull(13), r.TextOrNull(14), r.GetInt64(15),
        r.GetInt64(16), r.TextOrNull(17), r.NumberOrNull(18));
}
