using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>Numbers and times up to which nothing more can appear. Microseconds since 1970.</summary>
public sealed record SafePoint(long Sequence, long TimeMicros);

/// <summary>The fence that readers wait at: see docs/decisions.</summary>
public sealed class Horizon(NpgsqlDataSource database)
{
    public async Task<SafePoint> WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var until = DateTime.UtcNow + atMost;
        SafePoint? fence = null;
        var xmax = 0L;
        while (true)
        {
            await using var command = database.CreateCommand(
                """
                select store.to_us(clock_timestamp()), (select last_value from events.mt_events_sequence),
                       pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                """);
            await using var r = await command.ExecuteReaderAsync(cancellation);
            await r.ReadAsync(cancellation);
            if (fence is null) (fence, xmax) = (new SafePoint(r.GetInt64(1), r.GetInt64(0)), r.GetInt64(3));
            if (r.GetInt64(2) >= xmax) return fence;
            if (DateTime.UtcNow > until) return fence with { TimeMicros = fence.TimeMicros - 60_000_000 };
            await Task.Delay(3, cancellation);
        }
    }
}
