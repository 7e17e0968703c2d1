using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Objects minted for upload (api/03 §4.3). While a slot is open its URL may write; a file that claims the object closes it.</summary>
public sealed class UploadSlots(NpgsqlDataSource database)
{
    public const long Lifetime = 14 * Micros.Day;

    public Task OpenAsync(IReadOnlyList<string> keys, long ownerId, string provider, string? uploadId, long now, CancellationToken cancellation) =>
        database.Command(
                """
                insert into transient.upload_slots (object_key, owner_id, provider, upload_id, created_at, expires_at)
                select k, $2, $3, $4, $5, $6 from unnest($1::text[]) k
                """,
                keys.ToArray(), ownerId, provider, (object?)uploadId ?? DBNull.Value, now, now + Lifetime)
            .RunAsync(cancellation);

    public async Task<bool> IsOpenAsync(string key, CancellationToken cancellation) =>
        await database.Command(
                """
                select exists (select from transient.upload_slots where object_key = $1)
                   and not exists (select from projections.objects where key = $1)
                """,
                key)
            .ScalarAsync<bool>(cancellation);

    /// <summary>True when the slot was open, and is closed now.</summary>
    public async Task<bool> CloseAsync(string key, CancellationToken cancellation) =>
        await database.Command("delete from transient.upload_slots where object_key = $1", key).RunAsync(cancellation) > 0;

    /// <summary>Slots past their time, whose bytes nobody claimed.</summary>
    public Task<List<UploadSlot>> ExpiredAsync(long now, int limit, CancellationToken cancellation) =>
        database.Command(
                """
                select object_key, provider, upload_id,
                       exists (select from projections.objects o where o.key = s.object_key and not o.is_released)
                from transient.upload_slots s where expires_at <= $1 order by expires_at limit $2
                """,
                now, limit)
            .ListAsync(r => new UploadSlot(r.GetString(0), r.GetString(1), r.TextOrNull(2), r.GetBoolean(3)), cancellation);
}

public sealed record UploadSlot(string Key, string Provider, string? UploadId, bool IsClaimed);
