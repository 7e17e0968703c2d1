namespace Ente.Orleans.Domain;

internal static class Placeholder;
