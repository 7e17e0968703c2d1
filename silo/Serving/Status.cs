using Ente.Orleans.Api.Budgets;
using Ente.Orleans.Storage;
using Npgsql;

namespace Ente.Orleans.Silo.Serving;

/// <summary>Whether database and providers can be used, asked at most every few seconds however often it is looked at.</summary>
internal sealed class Status(DatabaseConnections database, ProviderRegistry providers, TimeProvider clock, ILogger<Status> log)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private Report? _last;

    /// <summary>The state of both, at most a few seconds old.</summary>
    public async Task<Report> GetAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_last is null || clock.GetUtcNow() - _last.At > Freshness)
                _last = new Report(clock.GetUtcNow(), await IsDatabaseUpAsync(), await AreProvidersUpAsync());
            return _last;
        }
        finally
        {
            _turn.Release();
        }
    }

    // The answer serves others too, so the caller's own patience does not bound it.
    private async Task<bool> IsDatabaseUpAsync()
    {
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            await using var command = database.Health.CreateCommand("select 1");
            await command.ExecuteScalarAsync(timeout.Token);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            log.LogWarning("The database does not answer: {Reason}", e.Message);
            return false;
        }
    }

    private async Task<bool> AreProvidersUpAsync()
    {
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            var healths = await Task.WhenAll(providers.All.Select(p => p.CheckAsync(timeout.Token)));
            foreach (var sick in healths.Where(h => !h.IsHealthy))
                log.LogWarning("Provider {Provider} cannot be used: {Problem}", sick.Provider, sick.Problem);
            return healths.All(h => h.IsHealthy);
        }
        catch (OperationCanceledException)
        {
            log.LogWarning("A provider does not answer within {Seconds:0} s", Limit.TotalSeconds);
            return false;
        }
    }

    internal sealed record Report(DateTimeOffset At, bool Database, bool Storage)
    {
        public bool IsReady => Database && Storage;
    }
}
