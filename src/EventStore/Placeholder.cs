namespace Ente.Orleans.EventStore;

internal static class Placeholder;
