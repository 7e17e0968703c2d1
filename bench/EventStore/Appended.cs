namespace Ente.Orleans.EventStore.Bench;

internal sealed record Appended(long Writer, long Number, string Text);
