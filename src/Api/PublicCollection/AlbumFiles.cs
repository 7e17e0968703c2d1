using Ente.Orleans.Api.Collections;
using Ente.Orleans.Api.Files;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>Bytes and derived data of files in a public album (api/02 §13).</summary>
internal static class AlbumFiles
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/public-collection/files/preview/{fileID}", (HttpContext http, AlbumVisit visit, VisitorReads reads, CancellationToken c) =>
            reads.RedirectAsync(http, StoredObject.Thumbnail, visit.Collection.Id, c)).Requires(Requirement.PublicAlbum);
        routes.MapGet("/public-collection/files/download/{fileID}", (HttpContext http, AlbumVisit visit, VisitorReads reads, CancellationToken c) =>
            reads.RedirectAsync(http, StoredObject.File, visit.Collection.Id, c)).Requires(Requirement.PublicAlbum);
        routes.MapGet("/public-collection/files/data/fetch", Fetch).Requires(Requirement.PublicAlbum);
        routes.MapGet("/public-collection/files/data/preview", Preview).Requires(Requirement.PublicAlbum);
    }

    private static async Task<IResult> Fetch(
        HttpContext http, AlbumVisit visit, VisitorReads reads, FileQueries files, FileDataStore store, CancellationToken cancellation)
    {
        var (id, type) = (Query.Number(http, "fileID") ?? 0, Query.Text(http, "type"));
        if (id == 0 || type != FileData.VideoPreview) return Answers.Bad("fileID and type vid_preview are required");
        if (!await reads.IsInAsync(visit.Collection.Id, id, cancellation)) return Answers.Forbidden;
        return await FetchFileData.OneAsync(id, type, Query.Flag(http, "preferNoContent") == true, files, store, cancellation);
    }

    private static async Task<IResult> Preview(
        HttpContext http, AlbumVisit visit, VisitorReads reads, FileQueries files, ObjectUrls urls, CancellationToken cancellation)
    {
        var (id, type) = (Query.Number(http, "fileID") ?? 0, Query.Text(http, "type"));
        if (id == 0 || type.Length == 0) return Answers.BadRequest;
        if (!await reads.IsInAsync(visit.Collection.Id, id, cancellation)) return Answers.Forbidden;
        return await FileDataPreview.OneAsync(id, type, files, urls, http, cancellation);
    }
}
