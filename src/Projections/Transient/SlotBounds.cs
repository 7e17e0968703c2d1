using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>
/// Bounds of the uploads of an account that no file has claimed: how many, and how many bytes of them are stored. The oldest are given
/// up first, as if their time were over. Those through a public link are bounded by themselves, so that visitors end no uploads of the
/// owner's.
/// </summary>
public sealed class SlotBounds(NpgsqlDataSource database)
{
    /// <summary>Notes through which link slots were opened, and gives up the oldest that are one too many.</summary>
    public Task OpenedAsync(IReadOnlyList<string> keys, long ownerId, long? linkId, int most, long now, CancellationToken cancellation) =>
        database.Command(
                """
                with opened as (
                    update transient.upload_slots set link_id = $3 where object_key = any($1) and $3::bigint is not null)
                update transient.upload_slots set expires_at = $4
                where object_key in (
                    select object_key from transient.upload_slots
                    where owner_id = $2 and expires_at > $4 and link_id is not distinct from $3 and not object_key = any($1)
                    order by created_at desc, object_key offset $5)
                """,
                keys.ToArray(), ownerId, (object?)linkId ?? DBNull.Value, now, Math.Max(0, most - keys.Count))
            .RunAsync(cancellation);

    /// <summary>Bytes that lie under open slots of an account.</summary>
    public Task<long> StoredAsync(long ownerId, long now, CancellationToken cancellation) =>
        database.Command(
                """
                select coalesce(sum(stored_bytes), 0)::bigint from transient.upload_slots
                where owner_id = $1 and expires_at > $2 and stored_bytes > 0
                """,
                ownerId, now)
            .ScalarAsync<long>(cancellation);

    /// <summary>Notes what lies under a slot now.</summary>
    public Task SetStoredAsync(string key, long bytes, CancellationToken cancellation) =>
        database.Command("update transient.upload_slots set stored_bytes = $2 where object_key = $1", key, bytes).RunAsync(cancellation);

    /// <summary>
    /// Gives up the oldest stored uploads of the same kind as an upload under way, until so many bytes are free; answers how many are.
    /// </summary>
    public async Task<long> GiveUpAsync(string keyUnderWay, long ownerId, long bytes, long now, CancellationToken cancellation) =>
        (await database.Command(
                """
                with candidates as (
                    select object_key, stored_bytes,
                           sum(stored_bytes) over (order by created_at, object_key rows between unbounded preceding and 1 preceding) as before
                    from transient.upload_slots
                    where owner_id = $2 and object_key <> $1 and expires_at > $4 and stored_bytes > 0
                      and link_id is not distinct from (select link_id from transient.upload_slots where object_key = $1))
                update transient.upload_slots s set expires_at = $4
                from candidates c where c.object_key = s.object_key and coalesce(c.before, 0) < $3
                returning s.stored_bytes
                """,
                keyUnderWay, ownerId, bytes, now)
            .ListAsync(r => r.GetInt64(0), cancellation))
        .Sum();
}
