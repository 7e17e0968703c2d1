using Ente.Orleans.Api.Collections;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Api.Files;

/// <summary>POST /files/data/status-diff (api/03 §9.3).</summary>
internal static class FileDataStatus
{
    private const int MaxRows = 5000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/files/data/status-diff", Handle).Requires(Requirement.Storage).WithMetadata(new CodedBodyErrors());

    private sealed record Request(long? LastUpdatedAt);

    private sealed record Entry(
        long FileID, long UserID, string Type, bool IsDeleted, string? ObjectID, string? ObjectNonce, long Size, long UpdatedAt);

    private sealed record Response(IReadOnlyList<Entry>? Diff);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, FileQueries files, Horizon horizon, CancellationToken cancellation)
    {
        if (body.Value.LastUpdatedAt is not >= 0) return Answers.Bad("lastUpdatedAt is required");
        var safe = await horizon.WaitAsync(ListCollections.Patience, cancellation);
        var rows = await files.DataSinceAsync(caller.UserId, body.Value.LastUpdatedAt.Value, safe.TimeMicros, MaxRows, cancellation);
        return Answers.Ok(new Response(rows.Count == 0 ? null : [.. rows.Select(Of)]));
    }

    private static Entry Of(FileData d) =>
        new(d.FileId, d.UserId, d.Type, d.IsDeleted, d.ObjectId, d.ObjectNonce, d.Size, d.UpdatedAt);
}
