namespace Ente.Orleans.Domain;

/// <summary>Address of the grain that decides a command: one mailbox, one batch at a time.</summary>
public readonly record struct GrainKey(StreamType Type, long Id)
{
    /// <summary>Everything of an account, and what touches many of a user's files at once.</summary>
    public static GrainKey User(long id) => new(StreamType.User, id);

    public static GrainKey Collection(long id) => new(StreamType.Collection, id);

    public StreamId Stream => new(Type, Id.ToString());

    public override string ToString() => $"{(Type == StreamType.User ? "user" : "collection")}-{Id}";
}

/// <summary>
/// A wish to change something: plain data, with time and new ids already in it. It says which rows
/// it must see, and decides on them without any I/O.
/// </summary>
public interface ICommand<TReply>
{
    GrainKey Grain { get; }

    /// <summary>The user on whose behalf it is; stands in the events' headers. 0 = the system itself.</summary>
    long Actor { get; }

    void Needs(Needs needs);

    Decision<TReply> Decide(Snapshot state);
}
