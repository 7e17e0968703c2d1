using Ente.Orleans.EventStore;

namespace Ente.Orleans.EventStore.Tests;

public sealed record SomethingHappened(long Writer, long Number, string? Note = null);

public sealed record SomethingElseHappened(string What);

public static class Samples
{
    public static EventTypes Types() => new EventTypes()
        .Map<SomethingHappened>("something_happened")
        .Map<SomethingElseHappened>("something_else_happened");

    public static StreamAppend Append(string stream, long expected, params object[] events) =>
        new(stream, "sample", expected, [.. events.Select(e => new NewEvent(e))]);
}
