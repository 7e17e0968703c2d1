namespace Ente.Orleans.Grains;

internal static class Placeholder;
