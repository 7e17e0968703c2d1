namespace Ente.Orleans.Storage.Tests.Providers;

/// <summary>A directory that goes away with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ente-orleans-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
