namespace Ente.Orleans.Storage.Tests.Providers;

internal static class ThisAssembly
{
    /// <summary>Where the discoverers of the shared provider tests are found.</summary>
    public const string Name = "Ente.Orleans.Api.Tests";
}
