using System.Runtime.Versioning;
using Xunit;
using Xunit.Abstractions;

// /proc, signals and PostgreSQL's user.
[assembly: SupportedOSPlatform("linux")]

// One after the other: several silos at once would measure the machine, not the silo.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: TestCollectionOrderer("Ente.Orleans.Acceptance.Tests.LastCollectionLast", "Ente.Orleans.Acceptance.Tests")]

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>Puts <see cref="AftermathTests"/> behind all others.</summary>
public sealed class LastCollectionLast : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => c.DisplayName == AftermathTests.Collection ? 1 : 0).ThenBy(c => c.DisplayName, StringComparer.Ordinal);
}
