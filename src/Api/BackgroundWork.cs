using Ente.Orleans.Api.Files;
using Ente.Orleans.Api.Trash;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.Storage;
using Microsoft.Extensions.Hosting;

namespace Ente.Orleans.Api;

/// <summary>
/// What is due without anybody asking: deleted collections are emptied, old trash is deleted,
/// unclaimed uploads and expired rows go. Every step is safe to repeat, and may run on any silo.
/// </summary>
internal sealed class BackgroundWork(
    CollectionQueries collections, FileQueries files, OneTimeCodes codes, SrpSessions srp, SecondFactors factors, PasskeyCeremonies ceremonies,
    CastSessions casts, KnownNetworks networks, FailedAttempts attempts, UploadSlots slots, ProviderRegistry providers, IGrainHost grains, DeletionForGood deletion,
    ApiOptions options, Clock clock, ILogger<BackgroundWork> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private const int Batch = 500;
    private readonly SemaphoreSlim wake = new(0);

    /// <summary>Something is due now.</summary>
    public void Wake() => wake.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await RunAsync("emptying deleted collections", EmptyCollectionsAsync, stoppingToken);
            await RunAsync("deleting old trash", DeleteOldTrashAsync, stoppingToken);
            await RunAsync("removing unclaimed uploads", RemoveUnclaimedAsync, stoppingToken);
            await RunAsync("deleting released objects", DeleteObjectsAsync, stoppingToken);
            await RunAsync("deleting derived data", DeleteDerivedAsync, stoppingToken);
            await RunAsync("scrubbing deleted files", ScrubAsync, stoppingToken);
            await RunAsync("purging expired rows", PurgeAsync, stoppingToken);
            await wake.WaitAsync(Interval, stoppingToken);
        }
    }

    private async Task RunAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellation)
    {
        try
        {
            await step(cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            log.LogError(e, "Background work failed and is tried again: {Work}", what);
        }
    }

    private async Task EmptyCollectionsAsync(CancellationToken cancellation)
    {
        foreach (var id in await collections.TrashPendingAsync(Batch, cancellation))
        {
            var step = new EmptyDeletedCollection(id, clock.Now + (options.TrashDays * Micros.Day));
            while ((await grains.SendAsync(step, null, cancellation)) is { IsRefused: false, Value: false })
                cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task DeleteOldTrashAsync(CancellationToken cancellation)
    {
        var due = await files.TrashDueAsync(clock.Now, Batch, cancellation);
        foreach (var own in due.GroupBy(t => t.UserId))
            await deletion.OfAsync(own.Key, [.. own.Select(t => t.FileId)], null, cancellation);
    }

    private async Task RemoveUnclaimedAsync(CancellationToken cancellation)
    {
        foreach (var slot in await slots.ExpiredAsync(clock.Now, Batch, cancellation))
        {
            if (!slot.IsClaimed && providers.Find(slot.Provider) is { } provider)
            {
                if (slot.UploadId is not null) await provider.AbortMultipartAsync(slot.Key, slot.UploadId, cancellation);
                await provider.DeleteAsync(slot.Key, cancellation);
            }

            await slots.CloseAsync(slot.Key, cancellation);
        }
    }

    private async Task DeleteObjectsAsync(CancellationToken cancellation)
    {
        if (await files.ObjectsDueAndUsedAsync(clock.Now, cancellation) is > 0 and var used)
            log.LogError("{Count} objects are due for deletion although files still have them; they are kept. Run rebuild and report it", used);
        var due = await files.ObjectsDueAsync(clock.Now, Batch, cancellation);
        foreach (var own in due.GroupBy(o => o.OwnerId))
        {
            var deleted = new List<string>();
            foreach (var o in own)
            {
                // A provider that is gone from the configuration keeps its objects; they stay due until it is back.
                if (providers.Find(o.Provider) is not { } provider) continue;
                await provider.DeleteAsync(o.Key, cancellation);
                deleted.Add(o.Key);
            }

            if (deleted.Count > 0) await grains.SendAsync(new RecordObjectsDeleted(own.Key, deleted), null, cancellation);
        }
    }

    private async Task DeleteDerivedAsync(CancellationToken cancellation)
    {
        foreach (var row in await files.FileDataDueAsync(Batch, cancellation))
        {
            if (providers.Find(row.Provider) is not { } provider) continue;
            await provider.DeleteAsync(FileDataStore.KeyOf(row), cancellation);
            if (row.ObjectId is not null)
                await provider.DeleteAsync(FileDataStore.PreviewKey(row.UserId, row.FileId, row.Type, row.ObjectId), cancellation);
            await grains.SendAsync(new RecordFileDataPurged(row.UserId, row.FileId, row.Type), null, cancellation);
        }
    }

    private async Task ScrubAsync(CancellationToken cancellation)
    {
        var due = await files.ScrubDueAsync(clock.Now - ScrubFiles.After, Batch, cancellation);
        foreach (var own in due.GroupBy(t => t.UserId))
            await grains.SendAsync(new ScrubFiles(own.Key, [.. own.Select(t => t.FileId)]), null, cancellation);
    }

    private async Task PurgeAsync(CancellationToken cancellation)
    {
        await codes.PurgeAsync(clock.Now, cancellation);
        await srp.PurgeAsync(clock.Now, cancellation);
        await factors.PurgeAsync(clock.Now, cancellation);
        await ceremonies.PurgeAsync(clock.Now, cancellation);
        await casts.PurgeAsync(clock.Now, cancellation);
        await networks.PurgeAsync(clock.Now, cancellation);
        await attempts.PurgeAsync(clock.Now, cancellation);
    }
}
