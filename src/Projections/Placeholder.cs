namespace Ente.Orleans.Projections;

internal static class Placeholder;
