using Ente.Orleans.Crypto;
using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Logins that wait for a second factor, secrets that wait to be confirmed, and codes that were used (api/01 §F).</summary>
public sealed class SecondFactors(NpgsqlDataSource database, PersonalData personal)
{
    public const string Totp = "totp";
    public const string Passkey = "passkey";
    public const int MaxWrongAttempts = 10;
    private const long SessionLifetime = 10 * Micros.Minute;

    /// <summary>How long, and how often, a device can fetch the answer that another one has won for it.</summary>
    private const long AnswerLifetime = 2 * Micros.Minute;
    private const int MaxFetches = 2;

    /// <summary>A session id as clients get it: URL-safe base64 of 32 random bytes, stored hashed.</summary>
    public async Task<string> StartAsync(string kind, long userId, long now, CancellationToken cancellation)
    {
        var id = Base64Text.EncodeUrl(Secrets.RandomBytes(32));
        await database.Command(
                "insert into transient.second_factor_sessions (id_hash, kind, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
                TokenHash.Of(id), kind, userId, now, now + SessionLifetime)
            .RunAsync(cancellation);
        return id;
    }

    public Task<SecondFactorSession?> FindAsync(string kind, string id, long now, CancellationToken cancellation) =>
        database.Command(
                "select user_id, wrong_attempts, finished_at is not null from transient.second_factor_sessions where id_hash = $1 and kind = $2 and expires_at > $3",
                TokenHash.Of(id), kind, now)
            .FirstAsync(r => new SecondFactorSession(r.GetInt64(0), r.GetInt32(1), r.GetBoolean(2)), cancellation);

    /// <summary>
    /// Wrong codes of an account, over all its sessions and wherever they come from: who gets so far has passed the first factor, and
    /// sessions are free.
    /// </summary>
    public static readonly AttemptLimit[] OfAccount = [new(20, Micros.Hour), new(50, Micros.Day)];

    /// <summary>Counts a wrong code before it is compared, so that guesses at once can not outrun the limit.</summary>
    public async Task<bool> TryCountAttemptAsync(string id, CancellationToken cancellation) =>
        await database.Command(
                "update transient.second_factor_sessions set wrong_attempts = wrong_attempts + 1 where id_hash = $1 and wrong_attempts < $2",
                TokenHash.Of(id), MaxWrongAttempts)
            .RunAsync(cancellation) == 1;

    public Task ForgiveAttemptAsync(string id, CancellationToken cancellation) =>
        database.Command(
                "update transient.second_factor_sessions set wrong_attempts = wrong_attempts - 1 where id_hash = $1 and wrong_attempts > 0",
                TokenHash.Of(id))
            .RunAsync(cancellation);

    /// <summary>Keeps the answer for the device that waits for it; the first one stays.</summary>
    public Task FinishAsync(string id, string answer, long now, CancellationToken cancellation) =>
        database.Command(
                """
                update transient.second_factor_sessions set response = $2, finished_at = $3, expires_at = greatest(expires_at, $4)
                where id_hash = $1 and finished_at is null
                """,
                TokenHash.Of(id), answer, now, now + AnswerLifetime)
            .RunAsync(cancellation);

    /// <summary>The answer of a finished session, and counts it as fetched; null when there is none to be had any more, or yet.</summary>
    public Task<string?> FetchAsync(string kind, string id, long now, CancellationToken cancellation) =>
        database.Command(
                """
                update transient.second_factor_sessions set fetched = fetched + 1
                where id_hash = $1 and kind = $2 and finished_at > $3 and fetched < $4 returning response
                """,
                TokenHash.Of(id), kind, now - AnswerLifetime, MaxFetches)
            .FirstAsync(r => r.TextOrNull(0), cancellation);

    /// <summary>Takes a TOTP step; false when this user used it before.</summary>
    public async Task<bool> TryUseStepAsync(long userId, long step, CancellationToken cancellation) =>
        await database.Command(
                "insert into transient.used_totp_steps (user_id, step) values ($1, $2) on conflict do nothing", userId, step)
            .RunAsync(cancellation) == 1;

    public Task AddPendingTotpAsync(long userId, string secret, long now, CancellationToken cancellation) =>
        database.Command(
                """
                insert into transient.pending_totp (user_id, secret_hash, sealed_secret, expires_at) values ($1, $2, $3, $4)
                on conflict do nothing
                """,
                userId, personal.Hash(secret), personal.SealForInstance(System.Text.Encoding.ASCII.GetBytes(secret)), now + SessionLifetime)
            .RunAsync(cancellation);

    public Task<List<string>> PendingTotpAsync(long userId, long now, CancellationToken cancellation) =>
        database.Command("select sealed_secret from transient.pending_totp where user_id = $1 and expires_at > $2", userId, now)
            .ListAsync(
                r => System.Text.Encoding.ASCII.GetString(
                    personal.OpenForInstance(r.GetFieldValue<byte[]>(0)) ?? throw new InvalidOperationException("a sealed secret does not open")),
                cancellation);

    public Task DropPendingTotpAsync(long userId, string secret, CancellationToken cancellation) =>
        database.Command("delete from transient.pending_totp where user_id = $1 and secret_hash = $2", userId, personal.Hash(secret))
            .RunAsync(cancellation);

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command(
                """
                with a as (delete from transient.second_factor_sessions where expires_at <= $1),
                     b as (delete from transient.pending_totp where expires_at <= $1)
                delete from transient.used_totp_steps where step < $2
                """,
                now, (now / Micros.Second / Crypto.Totp.StepSeconds) - 10)
            .RunAsync(cancellation);
}

public sealed record SecondFactorSession(long UserId, int WrongAttempts, bool IsFinished);

/// <summary>How tokens are stored: SHA-256 of their text, base64.</summary>
public static class TokenHash
{
    public static string Of(string token) =>
        Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));
}
