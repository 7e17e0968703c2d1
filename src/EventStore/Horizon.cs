using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>Up to where the events are final: none will appear at or below either number that is not there already.</summary>
/// <param name="Sequence">Sequence number, for subscribers.</param>
/// <param name="TimeMicros">Time in microseconds since 1970, for readers whose cursor is a time.</param>
public sealed record SafePoint(long Sequence, long TimeMicros)
{
    /// <summary>
    /// Whether it covers everything committed before it was asked for. False: transactions that had begun by then are still in
    /// progress, and this is the newest older point.
    /// </summary>
    public bool IsCurrent { get; init; }
}

/// <summary>
/// Finds the safe point. A sequence number and a time are taken before their transaction commits, so a reader that trusts either
/// alone can skip a slower writer's events for ever; see <c>docs/decisions/0002-horizon.md</c>. Safe for use by many threads, which
/// share its queries.
/// </summary>
public sealed class Horizon(NpgsqlDataSource database)
{
    // While transactions are in progress the question is asked again after 1, 2, 4... ms, at most this.
    private const int LongestPollMs = 25;
    private const int MostFences = 64;

    private readonly object _gate = new();
    private readonly List<Fence> _fences = [];
    private List<Waiter> _arrived = [];
    private int _waiting;
    private bool _running;
    private SafePoint _latest = new(0, 0);
    private long _queries;

    /// <summary>The newest safe point that is known without asking.</summary>
    public SafePoint Latest
    {
        get
        {
            lock (_gate)
                return _latest;
        }
    }

    /// <summary>How many queries it has sent.</summary>
    internal long Queries => Interlocked.Read(ref _queries);

    /// <summary>
    /// The safe point that covers everything committed before this call. Waits for the transactions in progress, but at most the
    /// given time; then the newest older safe point is returned, (0, 0) if none is known, with <see cref="SafePoint.IsCurrent"/> false.
    /// </summary>
    /// <exception cref="NpgsqlException">The database cannot be asked.</exception>
    public async Task<SafePoint> WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var waiter = new Waiter();
        lock (_gate)
        {
            // Never on a fence that is being taken: its numbers may be older than what the caller has just committed.
            _arrived.Add(waiter);
            _waiting++;
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        await ((Task)waiter.Reached.Task.WaitAsync(atMost, cancellation)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (!waiter.Reached.Task.IsCompleted)
            {
                _waiting--;
                waiter.HasGone = true;
            }
        }

        if (waiter.Reached.Task.IsCompleted)
            return await waiter.Reached.Task;
        cancellation.ThrowIfCancellationRequested();
        return Latest;
    }

    // Runs while anybody waits.
    private async Task RunAsync()
    {
        var poll = 1;
        while (true)
        {
            List<Waiter> arrived;
            lock (_gate)
            {
                if (_waiting == 0)
                {
                    _arrived.Clear();
                    _running = false;
                    return;
                }

                (arrived, _arrived) = (_arrived, []);
            }

            bool reached;
            try
            {
                var (fence, ended) = await AskAsync(arrived);
                lock (_gate)
                    reached = Advance(fence, ended);
            }
            catch (Exception e)
            {
                Fail(arrived, e);
                continue;
            }

            if (reached)
            {
                poll = 1;
                continue;
            }

            await Task.Delay(poll);
            poll = Math.Min(poll * 2, LongestPollMs);
        }
    }

    private async Task<(Fence Fence, long Ended)> AskAsync(List<Waiter> waiters)
    {
        Interlocked.Increment(ref _queries);
        // A transaction of its own: age() in store.fence keeps its first answer for the rest of one.
        await using var command = database.CreateCommand("select sequence, time_us, fence, ended from store.fence()");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (new Fence(reader.GetInt64(2), new SafePoint(reader.GetInt64(0), reader.GetInt64(1)), waiters), reader.GetInt64(3));
    }

    // Every fence at or below the oldest transaction in progress has been reached. True when nothing is left to wait for.
    private bool Advance(Fence newest, long ended)
    {
        if (_fences.Count == MostFences)
        {
            // Held up by one transaction for long; its end will free all of them at once.
            newest.Waiters.AddRange(_fences[^1].Waiters);
            _fences.RemoveAt(_fences.Count - 1);
        }

        if (newest.Waiters.Count > 0)
            _fences.Add(newest);
        else if (newest.Id <= ended)
            Reach(newest);
        foreach (var fence in _fences.Where(f => f.Id <= ended))
            Reach(fence);
        _fences.RemoveAll(f => f.Id <= ended);
        return _fences.TrueForAll(f => f.Waiters.TrueForAll(w => w.HasGone));
    }

    private void Reach(Fence fence)
    {
        _latest = new SafePoint(Math.Max(_latest.Sequence, fence.Point.Sequence), Math.Max(_latest.TimeMicros, fence.Point.TimeMicros));
        foreach (var waiter in fence.Waiters.Where(w => !w.HasGone))
        {
            _waiting--;
            waiter.Reached.TrySetResult(_latest with { IsCurrent = true });
        }
    }

    private void Fail(List<Waiter> arrived, Exception e)
    {
        lock (_gate)
        {
            foreach (var waiter in _fences.SelectMany(f => f.Waiters).Concat(arrived).Where(w => !w.HasGone))
            {
                _waiting--;
                waiter.Reached.TrySetException(e);
            }

            _fences.Clear();
        }
    }

    private sealed class Waiter
    {
        public TaskCompletionSource<SafePoint> Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Has stopped waiting; guarded by the gate.</summary>
        public bool HasGone { get; set; }
    }

    /// <summary>What is final once all transactions below <paramref name="Id"/> have ended, and who waits for that.</summary>
    private sealed record Fence(long Id, SafePoint Point, List<Waiter> Waiters);
}
