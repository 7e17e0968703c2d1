namespace Ente.Orleans.Storage.Tests.Providers;

internal static class ThisAssembly
{
    /// <summary>Where the discoverers are found; these files are compiled into more than one test assembly.</summary>
    public const string Name = "Ente.Orleans.Storage.Tests";
}
