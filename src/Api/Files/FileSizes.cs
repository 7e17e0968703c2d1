namespace Ente.Orleans.Api.Files;

/// <summary>POST /files/size and /files/info, GET /files/duplicates, large-thumbnails and count (api/03 §8).</summary>
internal static class FileSizes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/files/size", Size).Requires(Requirement.Storage);
        routes.MapPost("/files/info", Info).Requires(Requirement.Storage);
        routes.MapGet("/files/duplicates", Duplicates).Requires(Requirement.Storage);
        routes.MapGet("/files/large-thumbnails", LargeThumbnails).Requires(Requirement.Storage);
        routes.MapGet("/files/count", Count).Requires(Requirement.Anyone);
    }

    private sealed record Request(IReadOnlyList<long>? FileIDs);

    private sealed record SizeResponse(long Size);

    private static async Task<IResult> Size(Body<Request> body, Caller caller, FileQueries files, CancellationToken cancellation)
    {
        if (body.Value.FileIDs is not { } ids) return Answers.BadRequest;
        var own = (await files.SizesAsync(ids, cancellation)).Where(f => f.OwnerId == caller.UserId && f.HasObject);
        return Answers.Ok(new SizeResponse(own.Sum(f => f.Size)));
    }

    private sealed record Entry(long Id, InfoResponse FileInfo);

    private sealed record InfosResponse(IReadOnlyList<Entry> FilesInfo);

    private static async Task<IResult> Info(Body<Request> body, Caller caller, FileQueries files, CancellationToken cancellation)
    {
        if (body.Value.FileIDs is not { Count: > 0 } ids || ids.Distinct().Count() != ids.Count) return Answers.BadRequest;
        var found = (await files.SizesAsync(ids, cancellation)).ToDictionary(f => f.Id);
        if (found.Count == 0) return Answers.BadRequest;
        if (found.Values.Any(f => f.OwnerId != caller.UserId)) return Answers.Forbidden;
        if (found.Count != ids.Count) return Answers.BadRequest;
        return Answers.Ok(new InfosResponse([.. ids.Select(id => new Entry(id, new InfoResponse(found[id].Size, found[id].ThumbnailSize)))]));
    }

    private sealed record Group(IReadOnlyList<long> FileIDs, long Size);

    private sealed record DuplicatesResponse(IReadOnlyList<Group> Duplicates);

    private static async Task<IResult> Duplicates(Caller caller, FileQueries files, CancellationToken cancellation) =>
        Answers.Ok(new DuplicatesResponse([.. (await files.SameSizeAsync(caller.UserId, cancellation)).Select(g => new Group(g.FileIds, g.Size))]));

    private sealed record ThumbnailsResponse(IReadOnlyList<long> LargeThumbnailFiles);

    private static async Task<IResult> LargeThumbnails(HttpContext http, Caller caller, FileQueries files, CancellationToken cancellation) =>
        Answers.Ok(new ThumbnailsResponse(
            await files.LargeThumbnailsAsync(caller.UserId, Query.NumberOrZero(http, "threshold"), cancellation)));

    private sealed record CountResponse(long Count);

    private static async Task<IResult> Count(FileQueries files, CancellationToken cancellation) =>
        Answers.Ok(new CountResponse(await files.CountAsync(cancellation)));
}
