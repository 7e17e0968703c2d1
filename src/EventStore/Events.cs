using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>An event to append.</summary>
/// <param name="Data">The event; its type is mapped in <see cref="EventTypes"/>.</param>
/// <param name="CorrelationId">What the request or job is known by, free text.</param>
/// <param name="CausationId">What caused it: a command or an event, free text.</param>
/// <param name="HeadersJson">A flat JSON object, or null.</param>
public sealed record NewEvent(object Data, string? CorrelationId = null, string? CausationId = null, string? HeadersJson = null);

/// <summary>Events for the end of one stream.</summary>
/// <param name="Stream">The stream's key, as <c>user-1580559962386438</c>.</param>
/// <param name="StreamType">Alias of the aggregate, as <c>user</c>; stored when the stream is new.</param>
/// <param name="ExpectedVersion">The version the stream must be at; 0: it must not exist.</param>
/// <param name="Events">At least one, in order.</param>
public sealed record StreamAppend(string Stream, string? StreamType, long ExpectedVersion, IReadOnlyList<NewEvent> Events);

/// <summary>A stream that was read, and must still be at the version it had then.</summary>
/// <param name="Stream">The stream's key.</param>
/// <param name="Version">Its version when it was read; 0: it did not exist.</param>
public sealed record StreamAssertion(string Stream, long Version);

/// <summary>What an append got.</summary>
/// <param name="TimeMicros">Time of all its events, microseconds since 1970; later than any earlier event of the same streams.</param>
/// <param name="FirstSequence">Sequence number of its first event.</param>
/// <param name="LastSequence">Sequence number of its last event. Numbers of other appends may lie between the two.</param>
public sealed record AppendResult(long TimeMicros, long FirstSequence, long LastSequence);

/// <summary>An event as read.</summary>
/// <param name="Sequence">Its place among all events; rising, with gaps.</param>
/// <param name="Id">A UUID of version 7.</param>
/// <param name="Stream">The stream's key.</param>
/// <param name="StreamType">Alias of the aggregate, if the stream was given one.</param>
/// <param name="Version">Its place in its stream, from 1, without gaps.</param>
/// <param name="Alias">The alias of its type.</param>
/// <param name="Data">The event itself, in the current shape.</param>
/// <param name="TimeMicros">When it was appended, microseconds since 1970 by the database's clock.</param>
/// <param name="CorrelationId">As given with <see cref="NewEvent"/>.</param>
/// <param name="CausationId">As given with <see cref="NewEvent"/>.</param>
/// <param name="HeadersJson">As given with <see cref="NewEvent"/>.</param>
public sealed record StoredEvent(
    long Sequence, Guid Id, string Stream, string? StreamType, long Version, string Alias, object Data, long TimeMicros,
    string? CorrelationId, string? CausationId, string? HeadersJson);

/// <summary>An event as stored, its body not read yet.</summary>
internal sealed record EncodedEvent(
    long Sequence, Guid Id, string Stream, string? StreamType, long Version, string Alias, string Json, long TimeMicros,
    string? CorrelationId, string? CausationId, string? HeadersJson);

/// <summary>Where a stream stands.</summary>
/// <param name="Stream">The stream's key.</param>
/// <param name="StreamType">Alias of the aggregate, if the stream was given one.</param>
/// <param name="Version">Version of its last event.</param>
/// <param name="TimeMicros">Time of its last event, microseconds since 1970.</param>
/// <param name="IsArchived">Whether it takes no more events.</param>
public sealed record StreamState(string Stream, string? StreamType, long Version, long TimeMicros, bool IsArchived);

/// <summary>How somebody else got in the way of an append.</summary>
public enum ConflictKind
{
    /// <summary>A stream is at another version than expected.</summary>
    WrongVersion,

    /// <summary>Another writer made the same stream, or took the same version, at the same moment (SQLSTATE 23505).</summary>
    ConcurrentAppend,

    /// <summary>The database could not order the transactions (SQLSTATE 40001).</summary>
    Serialization,

    /// <summary>The transactions waited for each other (SQLSTATE 40P01).</summary>
    Deadlock,
}

/// <summary>Somebody else was faster. Nothing has been stored; load again and decide again.</summary>
public sealed class VersionConflictException : Exception
{
    internal VersionConflictException(ConflictKind kind, string message, PostgresException cause) : base(message, cause) => Kind = kind;

    /// <summary>How.</summary>
    public ConflictKind Kind { get; }

    /// <summary>The stream, where it is known.</summary>
    public string? Stream { get; init; }

    /// <summary>The version the stream was expected at, where it is known.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>The version the stream is at, where it is known; 0: it does not exist.</summary>
    public long? ActualVersion { get; init; }
}
