using Xunit;

namespace Ente.Orleans.Acceptance.Tests.Silos;

/// <summary>
/// One silo for all tests of a collection. What they leave is looked at once more, after all of them, by
/// <see cref="AftermathTests"/>.
/// </summary>
public abstract class SharedSilo : IAsyncLifetime
{
    private SiloProcess? _silo;

    internal SiloProcess Silo => _silo ?? throw new InvalidOperationException("The silo was not started.");

    public async Task InitializeAsync() => _silo = await SiloProcess.StartAsync();

    public async Task DisposeAsync()
    {
        await Silo.StopAsync();
        AftermathTests.Left.Add(Silo);
    }
}

/// <summary>A silo that nobody harms.</summary>
public sealed class QuietSilo : SharedSilo;

/// <summary>A silo that is killed, and whose database is.</summary>
public sealed class HarmedSilo : SharedSilo;

[CollectionDefinition(nameof(QuietSilo))]
public sealed class QuietSiloTests : ICollectionFixture<QuietSilo>;

[CollectionDefinition(nameof(HarmedSilo))]
public sealed class HarmedSiloTests : ICollectionFixture<HarmedSilo>;
