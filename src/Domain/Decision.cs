using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Domain;

/// <summary>One fact for one stream.</summary>
public readonly record struct Fact(StreamId Stream, object Event);

/// <summary>A decision as its commit sees it: the facts, and what must still hold when they are stored.</summary>
public abstract class Decision
{
    private protected Decision(Refusal? refusal, IReadOnlyList<Fact> facts, IReadOnlyList<Ceiling> ceilings) =>
        (Refusal, Facts, Ceilings) = (refusal, facts, ceilings);

    public Refusal? Refusal { get; }

    public IReadOnlyList<Fact> Facts { get; }

    public IReadOnlyList<Ceiling> Ceilings { get; }
}

/// <summary>
/// What a command comes to: a refusal, or facts and the reply. The reply is made when the facts are
/// committed, from the time that the database gave them (microseconds since the Unix epoch).
/// </summary>
public sealed class Decision<TReply> : Decision
{
    private readonly Func<long, TReply>? reply;

    private Decision(Refusal? refusal, IReadOnlyList<Fact> facts, IReadOnlyList<Ceiling> ceilings, Func<long, TReply>? reply)
        : base(refusal, facts, ceilings) => this.reply = reply;

    public TReply Reply(long time) => reply!(time);

    public static Decision<TReply> Refuse(Refusal refusal) => new(refusal, [], [], null);

    /// <summary>Accepted. The reply is made of values decided here and the commit's time; it reads no state.</summary>
    public static Decision<TReply> Accept(IReadOnlyList<Fact> facts, Func<long, TReply> reply, IReadOnlyList<Ceiling>? ceilings = null) =>
        new(null, facts, ceilings ?? [], reply);

    /// <summary>Accepted, and nothing changes: the same command again, or one without effect.</summary>
    public static Decision<TReply> Unchanged(TReply reply) => new(null, [], [], _ => reply);

    public static implicit operator Decision<TReply>(Refusal refusal) => Refuse(refusal);
}

/// <summary>The reply of commands that answer with an empty 200.</summary>
public sealed record Done
{
    public static readonly Done Value = new();

    public static Decision<Done> After(params IReadOnlyList<Fact> facts) => Decision<Done>.Accept(facts, _ => Value);

    public static Decision<Done> Nothing => Decision<Done>.Unchanged(Value);
}
