using System.Collections.Concurrent;
using Ente.Orleans.Domain;

namespace Ente.Orleans.Grains;

/// <summary>
/// Mailboxes in this process, one a grain, activated by a command and gone when empty. Between
/// silos PostgreSQL decides: the loser of a version decides again.
/// </summary>
public sealed class GrainHost(CommitLanes lanes, GrainOptions options) : IGrainHost, IAsyncDisposable
{
    private readonly ConcurrentDictionary<GrainKey, Mailbox> mailboxes = [];
    private readonly CommitLanes lanes = lanes;
    private readonly GrainOptions options = options;
    private int waiting;
    private volatile bool isStopping;

    /// <summary>Commands accepted and not yet answered.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>Grains that are active now.</summary>
    public int Active => mailboxes.Count;

    public async Task<Reply<TReply>> SendAsync<TReply>(ICommand<TReply> command, string? correlationId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (isStopping) throw new OverloadedException("the server is stopping");
        if (Interlocked.Increment(ref waiting) > options.MaxTotal)
        {
            Interlocked.Decrement(ref waiting);
            GrainMetrics.Refused.Add(1);
            throw new OverloadedException("too many commands wait");
        }

        try
        {
            var envelope = new Envelope<TReply>(command) { CorrelationId = correlationId };
            Post(command.Grain, envelope);
            return await envelope.Task.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>Takes nothing more and waits for what was accepted.</summary>
    public async ValueTask DisposeAsync()
    {
        isStopping = true;
        while (mailboxes.Values.FirstOrDefault() is { } mailbox) await mailbox.Idle;
    }

    private void Post(GrainKey key, Envelope envelope)
    {
        while (true)
        {
            var mailbox = mailboxes.GetOrAdd(key, k => new Mailbox(this, k));
            switch (mailbox.TryPost(envelope))
            {
                case Posted.Yes:
                    return;
                case Posted.Full:
                    GrainMetrics.Refused.Add(1);
                    throw new OverloadedException("too many commands wait for this collection or account");
                case Posted.Retired:
                    mailboxes.TryRemove(new KeyValuePair<GrainKey, Mailbox>(key, mailbox));
                    break;
            }
        }
    }

    private enum Posted
    {
        Yes,
        Full,
        Retired,
    }

    /// <summary>Runs while there are commands: what arrives during a commit goes into the next, together.</summary>
    private sealed class Mailbox(GrainHost host, GrainKey key)
    {
        private readonly Lock gate = new();
        private readonly Queue<Envelope> queue = [];
        private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool isRunning;
        private bool isRetired;

        /// <summary>Ends when the mailbox is empty and gone.</summary>
        public Task Idle => idle.Task;

        public Posted TryPost(Envelope envelope)
        {
            lock (gate)
            {
                if (isRetired) return Posted.Retired;
                if (queue.Count >= host.options.MaxQueue) return Posted.Full;
                queue.Enqueue(envelope);
                if (isRunning) return Posted.Yes;
                isRunning = true;
            }

            _ = Task.Run(RunAsync);
            return Posted.Yes;
        }

        private async Task RunAsync()
        {
            while (TakeBatch() is { Count: > 0 } batch) await host.lanes.CommitAsync(batch);
            host.mailboxes.TryRemove(new KeyValuePair<GrainKey, Mailbox>(key, this));
            idle.TrySetResult();
        }

        private List<Envelope> TakeBatch()
        {
            lock (gate)
            {
                var batch = new List<Envelope>(Math.Min(queue.Count, host.options.MaxBatch));
                while (batch.Count < host.options.MaxBatch && queue.TryDequeue(out var next)) batch.Add(next);
                isRetired = batch.Count == 0;
                return batch;
            }
        }
    }
}
