using System.Text.Json.Serialization;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Files;

/// <summary>GET /files/data/preview-upload-url and /files/data/preview (api/03 §9.6, §9.7).</summary>
internal static class FileDataPreview
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/files/data/preview-upload-url", UploadUrl).Requires(Requirement.Storage);
        routes.MapGet("/files/data/preview", Preview).Requires(Requirement.Storage);
    }

    private sealed record UploadResponse(string ObjectID)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Url { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? PartURLs { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? CompleteURL { get; init; }
    }

    private static async Task<IResult> UploadUrl(
        HttpContext http, Caller caller, FileQueries files, ObjectUrls urls, UploadUrls uploads, CancellationToken cancellation)
    {
        var (id, type) = (Query.Number(http, "fileID") ?? 0, Query.Text(http, "type"));
        if (id == 0 || type.Length == 0) return Answers.BadRequest;
        if (type is not (FileData.VideoPreview or FileData.ImagePreview)) return Answers.Bad("unsupported type");
        var isMultipart = Query.Flag(http, "isMultiPart") == true;
        if (isMultipart && !UploadUrls.IsPartCount(http)) return Answers.Bad("count must be from 1 to 10000");
        if (await OwnLiveFile.CheckAsync(id, caller.UserId, files, cancellation) is { } refused) return refused;
        var objectId = FileDataStore.NewObjectId(type);
        var key = FileDataStore.PreviewKey(caller.UserId, id, type, objectId);
        if (isMultipart)
        {
            var parts = Enumerable.Repeat<ContentBinding?>(null, (int)Query.NumberOrZero(http, "count")).ToList();
            var started = await uploads.StartAsync(urls.Derived, key, parts, http, caller.UserId, cancellation);
            return Answers.Ok(new UploadResponse(objectId) { PartURLs = started.PartURLs, CompleteURL = started.CompleteURL });
        }

        await uploads.OpenAsync([key], caller.UserId, urls.Derived.Name, null, http, cancellation);
        return Answers.Ok(new UploadResponse(objectId) { Url = urls.Derived.PresignPut(key, null, ObjectUrls.Life, urls.OriginOf(http)) });
    }

    private static async Task<IResult> Preview(HttpContext http, Caller caller, FileQueries files, ObjectUrls urls, CancellationToken cancellation)
    {
        var (id, type) = (Query.Number(http, "fileID") ?? 0, Query.Text(http, "type"));
        if (id == 0 || type.Length == 0) return Answers.BadRequest;
        if (await ReadableFiles.CheckAsync([id], caller.UserId, files, cancellation) is { } refused) return refused;
        return await OneAsync(id, type, files, urls, http, cancellation);
    }

    private sealed record PreviewResponse(string Url);

    public static async Task<IResult> OneAsync(
        long fileId, string type, FileQueries files, ObjectUrls urls, HttpContext http, CancellationToken cancellation)
    {
        if (type is not (FileData.VideoPreview or FileData.ImagePreview)) return Answers.Bad("unsupported type");
        if (await files.DataAsync(fileId, type, cancellation) is not { IsDeleted: false, ObjectId: { } objectId } row)
            return Answers.CodedNotFound;
        var key = FileDataStore.PreviewKey(row.UserId, fileId, type, objectId);
        return Answers.Ok(new PreviewResponse(urls.DownloadDerived(row.Provider, key, http)));
    }
}
