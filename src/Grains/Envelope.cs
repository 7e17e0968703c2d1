using Ente.Orleans.Domain;

namespace Ente.Orleans.Grains;

/// <summary>A command in a mailbox, with what becomes of it.</summary>
internal abstract class Envelope
{
    public string CommandId { get; } = Guid.CreateVersion7().ToString();

    public string? CorrelationId { get; init; }

    public abstract long Actor { get; }

    public abstract string Name { get; }

    public abstract void Needs(Needs needs);

    /// <summary>Decides on the state; there are no facts to commit for a refusal.</summary>
    public abstract Decision Decide(Snapshot state);

    /// <summary>Hands the outcome of the latest decision to the sender; only now is it final.</summary>
    public abstract void Complete(long time);

    public abstract void Fail(Exception exception);
}

internal sealed class Envelope<TReply>(ICommand<TReply> command) : Envelope
{
    // Continuations elsewhere: a sender's work must not hold up the mailbox.
    private readonly TaskCompletionSource<Reply<TReply>> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Decision<TReply>? decision;

    public Task<Reply<TReply>> Task => completion.Task;

    public override long Actor => command.Actor;

    public override string Name => command.GetType().Name;

    public override void Needs(Needs needs) => command.Needs(needs);

    public override Decision Decide(Snapshot state) => decision = command.Decide(state);

    public override void Complete(long time)
    {
        if (decision!.Refusal is { } refusal) completion.TrySetResult(new Reply<TReply>(default, refusal));
        else completion.TrySetResult(new Reply<TReply>(decision.Reply(time), null));
    }

    public override void Fail(Exception exception) => completion.TrySetException(exception);
}
