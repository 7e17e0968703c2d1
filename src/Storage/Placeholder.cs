namespace Ente.Orleans.Storage;

internal static class Placeholder;
