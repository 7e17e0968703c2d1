using System.Text;
using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>
/// Pairings of receivers with albums (api/04 §6). A pairing lives as long as its user may see the album without interruption: the end
/// of the share, the album or the account ends it, for good, in the transaction that ends those.
/// </summary>
public sealed class CastSessions(NpgsqlDataSource database, PersonalData personal)
{
    public const int MaxPerUser = 50;
    private const long UselessLifetime = 60 * Micros.Minute;
    private const long Lifetime = 7 * Micros.Day;
    private const long UseIsNotedEvery = 10 * Micros.Second;

    // Without O and 0, which look alike on a screen.
    private const string FirstOfCode = "ABCDEFGHIJKLMNPQRSTUVWXYZ";
    private const string RestOfCode = FirstOfCode + "123456789";
    private const int CodeLength = 6;
    private const int MaxTries = 5;

    private const string IsAlive =
        """
        (s.user_id is null or exists (
            select from projections.collections c join projections.accounts a on a.id = s.user_id
            where c.id = s.collection_id and not c.is_deleted and not a.is_deleted
              and (c.owner_id = s.user_id or exists (
                  select from projections.shares h
                  where h.collection_id = c.id and h.to_user_id = s.user_id and not h.is_deleted and h.shared_at = s.shared_at))))
        """;

    /// <summary>Registers a receiver; its code, to be read off its screen and typed in by the sender.</summary>
    public async Task<string> RegisterAsync(string publicKey, string address, long now, CancellationToken cancellation)
    {
        var sealedIp = personal.SealForInstance(Encoding.UTF8.GetBytes(address));
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var code = Crypto.Secrets.RandomAlphanumeric(1, FirstOfCode) + Crypto.Secrets.RandomAlphanumeric(CodeLength - 1, RestOfCode);
            var added = await database.Command(
                    """
                    insert into transient.cast_sessions (device_id, code, public_key, sealed_ip, created_at, last_used_at)
                    values ($1, $2, $3, $4, $5, $5) on conflict (code) do nothing
                    """,
                    Guid.NewGuid(), code, publicKey, sealedIp, now)
                .RunAsync(cancellation);
            if (added == 1) return code;
        }

        throw new InvalidOperationException($"no free code for a receiver in {MaxTries} tries");
    }

    public Task<string?> PublicKeyAsync(string code, CancellationToken cancellation) =>
        database.Command($"select s.public_key from transient.cast_sessions s where s.code = $1 and {IsAlive}", code)
            .FirstAsync(r => r.TextOrNull(0), cancellation);

    /// <summary>What the sender left for a receiver; null when there is no such receiver.</summary>
    public Task<WaitingPayload?> PayloadAsync(string code, CancellationToken cancellation) =>
        database.Command($"select s.payload from transient.cast_sessions s where s.code = $1 and {IsAlive}", code)
            .FirstAsync(r => new WaitingPayload(r.TextOrNull(0)), cancellation);

    /// <summary>
    /// Pairs a receiver with an album, or with another one of the same user's; an unknown code, or that of somebody else's receiver, is
    /// passed over. Refused: more receivers than allowed, and
    /// a token that another receiver has.
    /// </summary>
    public async Task<Refusal?> PairAsync(
        string code, long userId, long collectionId, string token, string payload, long now, CancellationToken cancellation)
    {
        try
        {
            var allowed = await database.Command(
                    $"""
                     with others as (
                         select count(*) as n from transient.cast_sessions s where s.user_id = $2 and s.code <> $1 and {IsAlive}),
                     paired as (
                         update transient.cast_sessions set user_id = $2, collection_id = $3, token_hash = $4, payload = $5,
                             paired_at = $6, last_used_at = $6,
                             shared_at = (select shared_at from projections.shares
                                          where collection_id = $3 and to_user_id = $2 and not is_deleted)
                         where code = $1 and (user_id is null or user_id = $2) and (select n from others) < {MaxPerUser})
                     select n < {MaxPerUser} from others
                     """,
                    code, userId, collectionId, TokenHash.Of(token), payload, now)
                .ScalarAsync<bool>(cancellation);
            return allowed ? null : new Refusal(Reason.TooManyRequests, "TOO_MANY_CAST_SESSIONS", "revoke a receiver first");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new Refusal(Reason.Conflict, "CONFLICT", "this token belongs to another receiver");
        }
    }

    /// <summary>The album that a token opens, null for none. Notes the use, though not every one.</summary>
    public async Task<long?> CollectionAsync(string token, long now, CancellationToken cancellation)
    {
        var found = await database.Command(
                $"""
                 select s.collection_id, s.device_id, s.last_used_at = s.paired_at or s.last_used_at < $2
                 from transient.cast_sessions s where s.token_hash = $1 and {IsAlive}
                 """,
                TokenHash.Of(token), now - UseIsNotedEvery)
            .FirstAsync(r => new { CollectionId = r.GetInt64(0), Device = r.GetGuid(1), IsToBeNoted = r.GetBoolean(2) }, cancellation);
        if (found is { IsToBeNoted: true })
        {
            await database.Command(
                    "update transient.cast_sessions set last_used_at = greatest($2, last_used_at + 1) where device_id = $1", found.Device, now)
                .RunAsync(cancellation);
        }

        return found?.CollectionId;
    }

    /// <summary>A user's receivers, newest first.</summary>
    public Task<List<Receiver>> OfUserAsync(long userId, CancellationToken cancellation) =>
        database.Command(
                $"""
                 select s.device_id, s.collection_id, s.sealed_ip, s.last_used_at
                 from transient.cast_sessions s where s.user_id = $1 and {IsAlive} order by s.created_at desc, s.device_id
                 """,
                userId)
            .ListAsync(
                r => new Receiver(r.GetGuid(0), r.GetInt64(1), Address(r.GetFieldValue<byte[]>(2)), r.GetInt64(3)), cancellation);

    public Task RevokeAsync(long userId, Guid deviceId, CancellationToken cancellation) =>
        database.Command("delete from transient.cast_sessions where user_id = $1 and device_id = $2", userId, deviceId).RunAsync(cancellation);

    public Task RevokeAllAsync(long userId, CancellationToken cancellation) =>
        database.Command("delete from transient.cast_sessions where user_id = $1", userId).RunAsync(cancellation);

    /// <summary>Removes receivers that nobody paired or whose pairing has ended, an hour after their last use, and all after a week.</summary>
    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command(
                $"""
                 delete from transient.cast_sessions s
                 where s.last_used_at <= $1 and (s.last_used_at <= $2 or s.user_id is null or not {IsAlive})
                 """,
                now - UselessLifetime, now - Lifetime)
            .RunAsync(cancellation);

    private string Address(byte[] sealedIp) =>
        Encoding.UTF8.GetString(personal.OpenForInstance(sealedIp)
            ?? throw new InvalidOperationException("a receiver's address does not open with this instance's key"));
}

/// <summary>A receiver and the album it shows.</summary>
public sealed record Receiver(Guid DeviceId, long CollectionId, string Address, long LastUsedAt);

/// <summary>What waits for a receiver: null as long as it is not paired.</summary>
public sealed record WaitingPayload(string? EncPayload);
