using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>
/// Somebody who is to be told of every event, in order, exactly once in effect: what the handler writes through the given transaction
/// is committed together with the checkpoint.
/// </summary>
public interface ISubscription
{
    /// <summary>Its name, under which its checkpoint is stored; never changes.</summary>
    string Name { get; }

    /// <summary>
    /// Handles events, oldest first. Only what is written through the transaction is exactly once; effects elsewhere may be repeated
    /// after a crash, so slow or remote work is put into a queue here and done from there. Events cannot be appended through this
    /// transaction (it does not hold up the <see cref="Horizon"/>); a handler that appends does so on a connection of its own.
    /// </summary>
    /// <remarks>
    /// An exception undoes the transaction and is tried again with growing pauses; a batch that keeps failing is then handled one event
    /// at a time, and the events that still fail go to <see cref="DeadLetters"/>.
    /// </remarks>
    Task HandleAsync(IReadOnlyList<StoredEvent> events, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation);
}

/// <summary>How subscriptions are run.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>Events a transaction, at most.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>How long after its holder's last sign of life a lease can be taken over.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often to look for events when no notification arrives.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Failed attempts after which a batch is taken apart, and after which an event goes to the dead letters.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>Pause after the first failed attempt; doubled after each further one, with jitter.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between attempts.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The pause after so many failures: exponential, between half and one and a half times the nominal one.</summary>
    internal TimeSpan PauseAfter(int failures)
    {
        var nominal = Math.Min(FirstPause.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 30)), LongestPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(nominal * (0.5 + Random.Shared.NextDouble()));
    }
}
