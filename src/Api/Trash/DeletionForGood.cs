using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Trash;

/// <summary>
/// Deletes what is in a user's trash for good, asked for or when its time is over. A file found alive is kept, and said aloud: its
/// deletion would have lost a photo.
/// </summary>
internal sealed class DeletionForGood(IGrainHost grains, ApiOptions options, Clock clock, ILogger<DeletionForGood> log)
{
    public async Task<Reply<DeletedForGood>> OfAsync(long userId, IReadOnlyList<long> fileIds, string? requestId, CancellationToken cancellation)
    {
        var command = new DeleteTrashed(userId, fileIds, clock.Now, options.DeletionDelayDays * Micros.Day);
        var reply = await grains.SendAsync(command, requestId, cancellation);
        if (reply.Value is { Alive.Count: > 0 and var count } deleted)
            log.LogError("{Count} files were in the trash and alive in a collection; they were kept and left the trash: {Files}", count, deleted.Alive);
        return reply;
    }
}
