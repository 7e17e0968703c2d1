namespace Ente.Orleans.Storage.Tests.Providers;

/// <summary>A clock that tests move; it follows the system's until then.</summary>
public sealed class SettableClock : TimeProvider
{
    public DateTimeOffset? Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now ?? DateTimeOffset.UtcNow;
}
