using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Mailed codes (api/01 §C): hashed, per address and app, valid 60 minutes, guesses counted.</summary>
public sealed class OneTimeCodes(NpgsqlDataSource database, PersonalData personal)
{
    public const long Lifetime = 60 * Micros.Minute;
    public const int MaxActive = 10;
    public const int MaxWrongAttempts = 20;

    public Task<long> ActiveAsync(string emailHash, string app, long now, CancellationToken cancellation) =>
        database.Command(
                "select count(*) from transient.one_time_codes where email_hash = $1 and app = $2 and expires_at > $3", emailHash, app, now)
            .ScalarAsync<long>(cancellation);

    /// <summary>Stores a code; the same one again only lives longer.</summary>
    public Task AddAsync(string emailHash, string app, string code, long now, long expiresAt, CancellationToken cancellation) =>
        database.Command(
                """
                insert into transient.one_time_codes (email_hash, app, code_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)
                on conflict (email_hash, app, code_hash) do update set expires_at = excluded.expires_at
                """,
                emailHash, app, HashOf(code, emailHash), now, expiresAt)
            .RunAsync(cancellation);

    /// <summary>
    /// Uses a code up; a wrong one counts against all that are active. Every attempt is counted before it is looked at, so that
    /// many at once, which all see the same count, get no more guesses than one after the other. Rows are locked in one order.
    /// </summary>
    public async Task<Refusal?> UseAsync(string emailHash, string app, string code, long now, CancellationToken cancellation)
    {
        var active = await database.Command(
                """
                with active as (
                  select code_hash from transient.one_time_codes where email_hash = $1 and app = $2 and expires_at > $3
                  order by code_hash for update)
                update transient.one_time_codes c set wrong_attempts = wrong_attempts + 1 from active a
                where c.email_hash = $1 and c.app = $2 and c.code_hash = a.code_hash
                returning c.code_hash, c.wrong_attempts
                """,
                emailHash, app, now)
            .ListAsync(r => (Hash: r.GetString(0), Attempts: r.GetInt32(1)), cancellation);
        if (active.Count == 0) return Refusal.Gone;
        if (active.Max(c => c.Attempts) > MaxWrongAttempts) return new Refusal(Reason.TooManyRequests);
        var hash = HashOf(code.Trim(), emailHash);
        if (active.All(c => c.Hash != hash)) return new Refusal(Reason.Unauthenticated);

        // The right one is no wrong attempt for the others.
        var taken = await database.Command(
                """
                with active as (
                  select code_hash from transient.one_time_codes where email_hash = $1 and app = $2 and (expires_at > $4 or code_hash = $3)
                  order by code_hash for update),
                others as (
                  update transient.one_time_codes c set wrong_attempts = wrong_attempts - 1 from active a
                  where c.email_hash = $1 and c.app = $2 and c.code_hash = a.code_hash and c.code_hash <> $3)
                delete from transient.one_time_codes c using active a
                where c.email_hash = $1 and c.app = $2 and c.code_hash = a.code_hash and c.code_hash = $3
                """,
                emailHash, app, hash, now)
            .RunAsync(cancellation);
        return taken == 1 ? null : Refusal.Gone;
    }

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command("delete from transient.one_time_codes where expires_at <= $1", now).RunAsync(cancellation);

    // Keyed and bound to the address: a million codes are soon tried against a plain hash.
    private string HashOf(string code, string emailHash) => personal.Hash($"one-time-code:{emailHash}:{code}");
}
