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

    /// <summary>Uses a code up; a wrong one counts against all that are active.</summary>
    public async Task<Refusal?> UseAsync(string emailHash, string app, string code, long now, CancellationToken cancellation)
    {
        var active = await database.Command(
                "select code_hash, wrong_attempts from transient.one_time_codes where email_hash = $1 and app = $2 and expires_at > $3",
                emailHash, app, now)
            .ListAsync(r => (Hash: r.GetString(0), Wrong: r.GetInt32(1)), cancellation);
        if (active.Count > 0 && active.Max(c => c.Wrong) >= MaxWrongAttempts) return new Refusal(Reason.TooManyRequests);
        if (active.Count == 0) return Refusal.Gone;
        var hash = HashOf(code.Trim(), emailHash);
        if (active.All(c => c.Hash != hash))
        {
            await database.Command(
                    "update transient.one_time_codes set wrong_attempts = wrong_attempts + 1 where email_hash = $1 and app = $2 and expires_at > $3",
                    emailHash, app, now)
                .RunAsync(cancellation);
            return new Refusal(Reason.Unauthenticated);
        }

        var taken = await database.Command(
                "delete from transient.one_time_codes where email_hash = $1 and app = $2 and code_hash = $3", emailHash, app, hash)
            .RunAsync(cancellation);
        return taken == 1 ? null : Refusal.Gone;
    }

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command("delete from transient.one_time_codes where expires_at <= $1", now).RunAsync(cancellation);

    // Keyed and bound to the address: a million codes are soon tried against a plain hash.
    private string HashOf(string code, string emailHash) => personal.Hash($"one-time-code:{emailHash}:{code}");
}
