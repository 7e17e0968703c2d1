using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>At most so many wrong tries within a time, in microseconds.</summary>
public readonly record struct AttemptLimit(int Most, long Within);

/// <summary>
/// Wrong codes, over sliding windows. An attempt is counted before it is looked at, so that many at once get no more guesses than one
/// after the other; the right one is taken back.
/// </summary>
public sealed class FailedAttempts(NpgsqlDataSource database)
{
    private const long Longest = Micros.Day;

    /// <summary>Counts an attempt; null when a limit is used up.</summary>
    public async Task<long?> TryCountAsync(
        string kind, string subject, string network, IReadOnlyList<AttemptLimit> limits, long now, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        {
            Parameters = { new NpgsqlParameter { Value = $"attempt {kind} {subject} {network}" } },
        });
        var insert = new NpgsqlBatchCommand(
            """
            insert into transient.failed_attempts (kind, subject, network, at)
            select $1, $2, $3, $4 where not exists (
                select from unnest($5::int[], $6::bigint[]) as l (most, within)
                where (select count(*) from transient.failed_attempts f
                       where f.kind = $1 and f.subject = $2 and f.network = $3 and f.at > $4 - l.within) >= l.most)
            returning id
            """);
        foreach (var value in (ReadOnlySpan<object>)[kind, subject, network, now, limits.Select(l => l.Most).ToArray(), limits.Select(l => l.Within).ToArray()])
            insert.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(insert);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? reader.GetInt64(0) : null;
    }

    /// <summary>It was no wrong one.</summary>
    public Task TakeBackAsync(long attempt, CancellationToken cancellation) =>
        database.Command("delete from transient.failed_attempts where id = $1", attempt).RunAsync(cancellation);

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command("delete from transient.failed_attempts where at <= $1", now - Longest).RunAsync(cancellation);
}
