using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>POST and GET /files/data/fetch (api/03 §9.4, §9.5).</summary>
internal static class FetchFileData
{
    private const int MaxIds = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/files/data/fetch", Many).Requires(Requirement.Storage).WithMetadata(new CodedBodyErrors());
        routes.MapGet("/files/data/fetch", Single).Requires(Requirement.Storage);
    }

    private sealed record Request(string? Type, IReadOnlyList<long>? FileIDs);

    private sealed record Entity(long FileID, string Type, string EncryptedData, string DecryptionHeader, long UpdatedAt);

    private sealed record ManyResponse(IReadOnlyList<Entity> Data, IReadOnlyList<long> PendingIndexFileIDs, IReadOnlyList<long> ErrFileIDs);

    private sealed record OneResponse(Entity Data);

    private static async Task<IResult> Many(
        Body<Request> body, Caller caller, FileQueries files, FileDataStore store, ILogger<FileDataStore> log, CancellationToken cancellation)
    {
        var r = body.Value;
        if (r.Type is not (FileData.MlData or FileData.VideoPreview) || r.FileIDs is not { Count: >= 1 and <= MaxIds } ids)
            return Answers.Bad("a type and 1 to 200 fileIDs are required");
        if (await ReadableFiles.CheckAsync(ids, caller.UserId, files, cancellation) is { } refused) return refused;
        var rows = (await files.DataAsync(ids, r.Type, cancellation)).ToDictionary(d => d.FileId);
        var data = new List<Entity>();
        var failed = new List<long>();
        foreach (var row in rows.Values.Where(d => !d.IsDeleted))
        {
            try
            {
                if (await store.GetAsync(row, cancellation) is { } content) data.Add(Of(row, content));
                else failed.Add(row.FileId);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning(e, "Derived data of file {File} could not be read", row.FileId);
                failed.Add(row.FileId);
            }
        }

        return Answers.Ok(new ManyResponse(data, [.. ids.Where(id => !rows.ContainsKey(id))], failed));
    }

    private static async Task<IResult> Single(
        HttpContext http, Caller caller, FileQueries files, FileDataStore store, CancellationToken cancellation)
    {
        var (id, type) = (Query.Number(http, "fileID") ?? 0, Query.Text(http, "type"));
        if (id == 0 || type is not (FileData.MlData or FileData.VideoPreview)) return Answers.Bad("fileID and type are required");
        if (await ReadableFiles.CheckAsync([id], caller.UserId, files, cancellation) is { } refused) return refused;
        return await OneAsync(id, type, Query.Flag(http, "preferNoContent") == true, files, store, cancellation);
    }

    /// <summary>Clients show the original video at 204 and 404, and a failure at anything else.</summary>
    public static async Task<IResult> OneAsync(
        long fileId, string type, bool preferNoContent, FileQueries files, FileDataStore store, CancellationToken cancellation)
    {
        if (await files.DataAsync(fileId, type, cancellation) is not { IsDeleted: false } row)
            return preferNoContent ? Answers.NoContent : Answers.CodedNotFound;
        return await store.GetAsync(row, cancellation) is { } content
            ? Answers.Ok(new OneResponse(Of(row, content)))
            : Answers.Coded(StatusCodes.Status500InternalServerError, "INTERNAL_ERROR", "the data of this file can not be read");
    }

    private static Entity Of(FileData row, FileDataStore.Content content) =>
        new(row.FileId, row.Type, content.EncryptedData, content.Header, row.UpdatedAt);
}

/// <summary>Read access to files: all that are not the caller's must be in a collection the caller sees (api/03 §9).</summary>
internal static class ReadableFiles
{
    public static async Task<IResult?> CheckAsync(IReadOnlyList<long> ids, long userId, FileQueries files, CancellationToken cancellation)
    {
        if (ids.Distinct().Count() != ids.Count) return Answers.BadRequest;
        var foreign = (await files.SizesAsync(ids, cancellation)).Where(f => f.OwnerId != userId).Select(f => f.Id).ToList();
        if (foreign.Count == 0) return null;
        return (await files.ReadableAsync(userId, foreign, cancellation)).Count == foreign.Count ? null : Answers.Forbidden;
    }
}
