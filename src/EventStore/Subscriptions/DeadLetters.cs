using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>An event that a subscription could not handle and went past.</summary>
/// <param name="Subscription">Name of the subscription.</param>
/// <param name="Sequence">The event's sequence number.</param>
/// <param name="Stream">The event's stream.</param>
/// <param name="Version">The event's version in its stream.</param>
/// <param name="Alias">The alias of the event's type.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="FailedAt">When that was.</param>
/// <param name="IsRequeued">Whether it is due to be tried again.</param>
public sealed record DeadLetter(
    string Subscription, long Sequence, string Stream, long Version, string Alias, int Attempts, string Error, DateTime FailedAt, bool IsRequeued);

/// <summary>The operator's view of what subscriptions went past.</summary>
public sealed class DeadLetters(NpgsqlDataSource database)
{
    /// <summary>The dead letters, of one subscription or of all, oldest first.</summary>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(string? subscription = null, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            select subscription, sequence, stream, version, type, attempts, error, failed_at, requeued_at is not null
            from store.dead_letters
            where $1::text is null or subscription = $1
            order by subscription, sequence
            """);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = subscription });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(cancellation))
            letters.Add(new DeadLetter(
                reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetInt32(5),
                reader.GetString(6), reader.GetDateTime(7), reader.GetBoolean(8)));
        return letters;
    }

    /// <summary>
    /// Has events tried again: one, or all of the subscription. They are handled one by one, after later ones, which the subscription has
    /// passed already. Returns how many it is.
    /// </summary>
    public async Task<int> RequeueAsync(string subscription, long? sequence = null, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            update store.dead_letters set requeued_at = now()
            where subscription = $1 and requeued_at is null and ($2::bigint is null or sequence = $2)
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subscription });
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = sequence });
        var count = await command.ExecuteNonQueryAsync(cancellation);
        await AppendNotifier.SendAsync(database, cancellation);
        return count;
    }
}
