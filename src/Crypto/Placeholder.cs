namespace Ente.Orleans.Crypto;

internal static class Placeholder;
