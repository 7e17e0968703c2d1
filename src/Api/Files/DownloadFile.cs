using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>GET /files/download/{fileID} and /files/preview/{fileID} (api/03 §8.1).</summary>
internal static class DownloadFile
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/files/download/{fileID}", (HttpContext http, Caller caller, FileQueries files, ObjectUrls urls, CancellationToken c) =>
            RedirectAsync(http, StoredObject.File, caller, files, urls, c)).Requires(Requirement.Storage);
        routes.MapGet("/files/preview/{fileID}", (HttpContext http, Caller caller, FileQueries files, ObjectUrls urls, CancellationToken c) =>
            RedirectAsync(http, StoredObject.Thumbnail, caller, files, urls, c)).Requires(Requirement.Storage).Limited(700, seconds: 1);
    }

    private static async Task<IResult> RedirectAsync(
        HttpContext http, string type, Caller caller, FileQueries files, ObjectUrls urls, CancellationToken cancellation)
    {
        var id = Query.ParseNumber(http.Request.RouteValues["fileID"] as string) ?? 0;
        if (await files.FindAsync(id, cancellation) is not { } file) return Answers.NotFound;
        if (file.OwnerId != caller.UserId && !(await files.ReadableAsync(caller.UserId, [id], cancellation)).Contains(id))
            return Answers.Forbidden;
        return urls.Download(file, type, http);
    }
}
