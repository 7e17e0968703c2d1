using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>
/// Mailed codes (api/01 §C): hashed, per address and app, valid 60 minutes. Requests and wrong tries are counted by the network they
/// come from where the account was signed in from there, and all others together (<see cref="KnownNetworks.ScopeAsync"/>).
/// </summary>
public sealed class OneTimeCodes(NpgsqlDataSource database, FailedAttempts attempts, PersonalData personal)
{
    public const long Lifetime = 60 * Micros.Minute;
    public const int MaxActive = 10;
    public const int MaxWrongAttempts = 20;

    private static readonly AttemptLimit[] Limits = [new(MaxWrongAttempts, Lifetime)];

    /// <summary>Codes that were asked for in a scope and can still be used.</summary>
    public Task<long> ActiveAsync(string emailHash, string app, string scope, long now, CancellationToken cancellation) =>
        database.Command(
                "select count(*) from transient.one_time_codes where email_hash = $1 and app = $2 and network = $3 and expires_at > $4",
                emailHash, app, scope, now)
            .ScalarAsync<long>(cancellation);

    /// <summary>Stores a code; the same one again only lives longer.</summary>
    public Task AddAsync(string emailHash, string app, string scope, string code, long now, long expiresAt, CancellationToken cancellation) =>
        database.Command(
                """
                insert into transient.one_time_codes (email_hash, app, code_hash, created_at, expires_at, network) values ($1, $2, $3, $4, $5, $6)
                on conflict (email_hash, app, code_hash) do update set expires_at = excluded.expires_at
                """,
                emailHash, app, HashOf(code, emailHash), now, expiresAt, scope)
            .RunAsync(cancellation);

    /// <summary>Uses a code up, whoever asked for it; a wrong one counts in the scope of whoever tried it.</summary>
    public async Task<Refusal?> UseAsync(string emailHash, string app, string scope, string code, long now, CancellationToken cancellation)
    {
        var active = await database.Command(
                "select code_hash from transient.one_time_codes where email_hash = $1 and app = $2 and expires_at > $3", emailHash, app, now)
            .ListAsync(r => r.GetString(0), cancellation);
        if (active.Count == 0) return Refusal.Gone;
        if (await attempts.TryCountAsync($"code {app}", emailHash, scope, Limits, now, cancellation) is not { } attempt)
            return new Refusal(Reason.TooManyRequests);
        var hash = HashOf(code.Trim(), emailHash);
        if (!active.Contains(hash)) return new Refusal(Reason.Unauthenticated);
        await attempts.TakeBackAsync(attempt, cancellation);
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
