using Ente.Orleans.Storage.Embedded;

namespace Ente.Orleans.Silo.Serving;

/// <summary>Once a day removes what interrupted uploads have left in the embedded store.</summary>
internal sealed class DailyCleaning(EmbeddedStore store, TimeProvider clock, ILogger<DailyCleaning> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromDays(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                store.RemoveLeftovers();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.LogError(e, "Leftovers of uploads could not be removed; the next attempt is tomorrow");
            }
        }
    }
}
