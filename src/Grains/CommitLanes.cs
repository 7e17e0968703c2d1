using System.Diagnostics;

namespace Ente.Orleans.Grains;

/// <summary>
/// Batches of different grains that wait at the same time are committed together: what sixteen
/// uploaders send into sixteen albums costs one transaction, not sixteen. One lane does it as long
/// as it is quick, since every further one makes batches smaller and each costs the same again. When
/// somebody has waited for long, because of a slow disk or a lock that another silo holds, the next lane opens.
/// </summary>
public sealed class CommitLanes(BatchCommitter committer, GrainOptions options)
{
    private readonly Lock gate = new();
    private readonly Queue<Entry> queue = [];
    private int running;
    private bool isWatched;

    private sealed record Entry(IReadOnlyList<Envelope> Batch)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Since { get; } = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends when every command of the batch is completed or failed; it does not throw.</summary>
    internal Task CommitAsync(IReadOnlyList<Envelope> batch)
    {
        var entry = new Entry(batch);
        lock (gate)
        {
            queue.Enqueue(entry);
            if (running == 0) OpenLane();
            else if (running < options.CommitLanes && !isWatched)
            {
                isWatched = true;
                _ = WatchAsync();
            }
        }

        return entry.Done.Task;
    }

    private void OpenLane()
    {
        running++;
        _ = Task.Run(RunLaneAsync);
    }

    // Opens lanes while somebody waits too long; ends when nobody waits, or all lanes are open.
    private async Task WatchAsync()
    {
        while (true)
        {
            await Task.Delay(options.LanePatience);
            lock (gate)
            {
                if (queue.TryPeek(out var next) && Stopwatch.GetElapsedTime(next.Since) >= options.LanePatience) OpenLane();
                if (queue.Count > 0 && running < options.CommitLanes) continue;
                isWatched = false;
                return;
            }
        }
    }

    private async Task RunLaneAsync()
    {
        while (Take() is { Count: > 0 } entries)
        {
            await committer.CommitAsync(entries.Count == 1 ? entries[0].Batch : [.. entries.SelectMany(e => e.Batch)]);
            foreach (var entry in entries) entry.Done.SetResult();
        }
    }

    private List<Entry> Take()
    {
        lock (gate)
        {
            var entries = new List<Entry>();
            for (var commands = 0; queue.TryPeek(out var next); commands += next.Batch.Count)
            {
                if (entries.Count > 0 && commands + next.Batch.Count > options.MaxBatch) break;
                entries.Add(queue.Dequeue());
            }

            if (entries.Count == 0) running--;
            return entries;
        }
    }
}
