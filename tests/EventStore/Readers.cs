using Ente.Orleans.Testing;
using Npgsql;

namespace Ente.Orleans.EventStore.Tests;

/// <summary>Readers that follow the log while it is written, each noting what it has seen, in order.</summary>
public sealed class Readers(TestDatabase database, Horizon horizon)
{
    /// <summary>Sequence numbers as seen by a reader whose cursor is a sequence number.</summary>
    public List<long> BySequence { get; } = [];

    /// <summary>Sequence numbers as seen by a reader whose cursor is the time of the newest event it has seen, as a syncing client's.</summary>
    public List<long> ByTime { get; } = [];

    /// <summary>Reads until stopped, and then once more to the end.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        Task.Run(() => FollowAsync(BySequence, "seq_id", safe => safe.Sequence, stop), CancellationToken.None),
        Task.Run(() => FollowAsync(ByTime, "store.to_us(timestamp)", safe => safe.TimeMicros, stop), CancellationToken.None));

    private async Task FollowAsync(List<long> seen, string cursorColumn, Func<SafePoint, long> bound, CancellationToken stop)
    {
        var cursor = 0L;
        while (true)
        {
            var last = stop.IsCancellationRequested;
            var safe = await horizon.WaitAsync(last ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(30), CancellationToken.None);
            var page = await database.RowsAsync(
                $"select seq_id, {cursorColumn} from events.mt_events where {cursorColumn} > $1 and {cursorColumn} <= $2 order by {cursorColumn}, seq_id",
                r => (Sequence: r.GetInt64(0), Cursor: r.GetInt64(1)), cursor, bound(safe));
            seen.AddRange(page.Select(e => e.Sequence));
            if (page.Count > 0)
                cursor = page[^1].Cursor;
            if (last)
                return;
        }
    }
}

/// <summary>A subscription that notes each event in the table <c>handled</c>, which has no key: twice is twice.</summary>
public sealed class Noting(string name) : ISubscription
{
    public const string Table = "create table handled (place bigserial, sequence bigint not null)";

    public string Name => name;

    public async Task HandleAsync(
        IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand("insert into handled (sequence) select unnest($1)", connection);
        insert.Parameters.Add(new NpgsqlParameter { Value = events.Select(e => e.Sequence).ToArray() });
        await insert.ExecuteNonQueryAsync(cancellation);
    }
}
