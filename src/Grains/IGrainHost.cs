using Ente.Orleans.Domain;

namespace Ente.Orleans.Grains;

/// <summary>
/// The one seam to the grains: send a command to the grain that its key names, get its reply. The
/// built-in host runs the mailboxes in this process; a cluster's host would run the same ones
/// inside its activations.
/// </summary>
public interface IGrainHost
{
    /// <param name="command">What is wished; plain data.</param>
    /// <param name="correlationId">The request it came with; stands on its events.</param>
    /// <param name="cancellation">Stops waiting for the reply; a command that is under way is carried out all the same.</param>
    /// <exception cref="OverloadedException">A queue is full, or the database can not be reached: try again later.</exception>
    Task<Reply<TReply>> SendAsync<TReply>(ICommand<TReply> command, string? correlationId, CancellationToken cancellation);
}

/// <summary>A committed command's result, or why it was refused.</summary>
public readonly record struct Reply<TReply>(TReply? Value, Refusal? Refusal)
{
    public bool IsRefused => Refusal is not null;
}

/// <summary>The server can not take the command now. Nothing was changed.</summary>
public sealed class OverloadedException : Exception
{
    public OverloadedException(string message)
        : base(message)
    {
    }

    public OverloadedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

public sealed record GrainOptions
{
    /// <summary>Commands committed together at most; 1 turns batching off.</summary>
    public int MaxBatch { get; init; } = 128;

    /// <summary>Transactions under way at once, at most; what else waits meanwhile goes into the next one together.</summary>
    public int CommitLanes { get; init; } = 4;

    /// <summary>How long a batch waits for the lanes that are open before another one opens.</summary>
    public TimeSpan LanePatience { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Commands that may wait in one mailbox.</summary>
    public int MaxQueue { get; init; } = 1_000;

    /// <summary>Commands that may wait in all mailboxes together.</summary>
    public int MaxTotal { get; init; } = 10_000;

    /// <summary>How often a command that lost against another silo is decided again.</summary>
    public int MaxConflicts { get; init; } = 20;

    /// <summary>How often a batch is, before its commands are tried one by one.</summary>
    public int MaxBatchConflicts { get; init; } = 4;

    /// <summary>Awaited between decision and commit: where tests let others come between.</summary>
    public Func<Task>? BeforeCommit { get; init; }

    /// <summary>How long a batch waits for a database that is away.</summary>
    public TimeSpan DatabasePatience { get; init; } = TimeSpan.FromSeconds(20);
}
