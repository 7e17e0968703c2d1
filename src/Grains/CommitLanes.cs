namespace Ente.Orleans.Grains;

/// <summary>
/// Batches of different grains that wait at the same time are committed together: what sixteen
/// uploaders send into sixteen albums costs a few transactions, not sixteen. A few lanes work side
/// by side, so that one lane's disk flush does not hold up the others.
/// </summary>
public sealed class CommitLanes(BatchCommitter committer, GrainOptions options)
{
    private readonly Lock gate = new();
    private readonly Queue<Entry> queue = [];
    private int running;

    private sealed record Entry(IReadOnlyList<Envelope> Batch)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ends when every command of the batch is completed or failed; it does not throw.</summary>
    internal Task CommitAsync(IReadOnlyList<Envelope> batch)
    {
        var entry = new Entry(batch);
        lock (gate)
        {
            queue.Enqueue(entry);
            if (running >= options.CommitLanes) return entry.Done.Task;
            running++;
        }

        _ = Task.Run(RunLaneAsync);
        return entry.Done.Task;
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
