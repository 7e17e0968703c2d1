using Ente.Orleans.Testing;
using Xunit;

namespace Ente.Orleans.Projections.Tests;

public sealed class StoredEventsTests
{
    /// <summary>Every alias has an example as the database once held it, and each can be read for ever.</summary>
    [Fact]
    public void Every_stored_event_stays_readable() =>
        Assert.Empty(new GoldenExamples(StoredEvents.Types(), Path.Combine(AppContext.BaseDirectory, "stored-events")).Problems());
}
