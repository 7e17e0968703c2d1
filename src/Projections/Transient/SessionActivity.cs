using System.Text;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Where and when a session was last used, and its token sealed for its owner's list of sessions.</summary>
public sealed class SessionActivity(NpgsqlDataSource database, PersonalData personal)
{
    public async Task StartedAsync(long userId, string token, string address, string userAgent, long now, CancellationToken cancellation) =>
        await database.Command(
                """
                insert into transient.session_activity (token_hash, user_id, sealed_token, sealed_ip, sealed_user_agent, last_used_at)
                values ($1, $2, $3, $4, $5, $6) on conflict do nothing
                """,
                TokenHash.Of(token), userId, await personal.SealBytesAsync(userId, Encoding.UTF8.GetBytes(token), cancellation),
                await SealAsync(userId, address, cancellation), await SealAsync(userId, userAgent, cancellation), now)
            .RunAsync(cancellation);

    public async Task UsedAsync(long userId, string tokenHash, string address, string userAgent, long now, CancellationToken cancellation) =>
        await database.Command(
                """
                update transient.session_activity set sealed_ip = $2, sealed_user_agent = $3, last_used_at = $4 where token_hash = $1
                """,
                tokenHash, await SealAsync(userId, address, cancellation), await SealAsync(userId, userAgent, cancellation), now)
            .RunAsync(cancellation);

    public async Task<long?> LastUsedAsync(string tokenHash, CancellationToken cancellation) =>
        await database.Command("select last_used_at from transient.session_activity where token_hash = $1", tokenHash)
            .FirstAsync(r => r.NumberOrNull(0), cancellation);

    /// <summary>What is known of a user's sessions, by the hash of their tokens.</summary>
    public async Task<Dictionary<string, Activity>> OfUserAsync(long userId, CancellationToken cancellation)
    {
        var rows = await database.Command(
                "select token_hash, sealed_token, sealed_ip, sealed_user_agent, last_used_at from transient.session_activity where user_id = $1",
                userId)
            .ListAsync(
                r => (Hash: r.GetString(0), Token: r.GetFieldValue<byte[]>(1), Ip: r.BytesOrNull(2), Agent: r.BytesOrNull(3), Used: r.GetInt64(4)),
                cancellation);
        var all = new Dictionary<string, Activity>();
        foreach (var row in rows)
        {
            all[row.Hash] = new Activity(
                await OpenAsync(userId, row.Token, cancellation), await OpenAsync(userId, row.Ip, cancellation),
                await OpenAsync(userId, row.Agent, cancellation), row.Used);
        }

        return all;
    }

    private async Task<byte[]?> SealAsync(long userId, string text, CancellationToken cancellation) =>
        text.Length == 0 ? null : await personal.SealBytesAsync(userId, Encoding.UTF8.GetBytes(text), cancellation);

    private async Task<string?> OpenAsync(long userId, byte[]? sealedText, CancellationToken cancellation) =>
        sealedText is not null && await personal.OpenBytesAsync(userId, sealedText, cancellation) is { } plain
            ? Encoding.UTF8.GetString(plain)
            : null;
}

/// <summary>Null fields are not known.</summary>
public sealed record Activity(string? Token, string? Address, string? UserAgent, long LastUsedAt);
