using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>
/// From which networks an account was signed in: those who try codes and passwords from elsewhere share one allowance, and can not
/// use up that of the owner's devices. Networks are hashed with a key, for each account another way.
/// </summary>
public sealed class KnownNetworks(NpgsqlDataSource database, PersonalData personal)
{
    private const long Lifetime = 180 * Micros.Day;

    /// <summary>All networks that an account was never signed in from, together.</summary>
    public const string Elsewhere = "";

    /// <summary>What tries from a network count for; the same work whether there is such an account or not.</summary>
    public async Task<string> ScopeAsync(long? userId, string network, CancellationToken cancellation)
    {
        var hash = HashOf(userId ?? 0, network);
        var isKnown = await database.Command(
                "select exists (select from transient.known_networks where user_id = $1 and network_hash = $2)", userId ?? 0, hash)
            .ScalarAsync<bool>(cancellation);
        return isKnown ? hash : Elsewhere;
    }

    /// <summary>The account was used, signed in, from a network. Written once a day.</summary>
    public Task NoteAsync(long userId, string network, long now, CancellationToken cancellation) =>
        database.Command(
                """
                insert into transient.known_networks as k (user_id, network_hash, last_used_at) values ($1, $2, $3)
                on conflict (user_id, network_hash) do update set last_used_at = excluded.last_used_at where k.last_used_at < excluded.last_used_at - $4
                """,
                userId, HashOf(userId, network), now, Micros.Day)
            .RunAsync(cancellation);

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command("delete from transient.known_networks where last_used_at <= $1", now - Lifetime).RunAsync(cancellation);

    private string HashOf(long userId, string network) => personal.Hash($"network:{userId}:{network}");
}
