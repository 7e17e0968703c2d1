namespace Ente.Orleans.Api;

internal static class Placeholder;
