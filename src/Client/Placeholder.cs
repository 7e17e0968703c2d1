namespace Ente.Orleans.Client;

internal static class Placeholder;
