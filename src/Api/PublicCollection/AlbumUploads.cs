using Ente.Orleans.Api.Files;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>Uploads by visitors of a collecting album: to, and at the cost of, the album's owner (api/02 §13).</summary>
internal static class AlbumUploads
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Limited(routes.MapGet("/public-collection/upload-urls", Urls));
        Limited(routes.MapPost("/public-collection/upload-url", Checked));
        Limited(routes.MapGet("/public-collection/multipart-upload-urls", Multipart));
        Limited(routes.MapPost("/public-collection/multipart-upload-url", CheckedMultipart));
        routes.MapPost("/public-collection/file", CreateFile).Requires(Requirement.PublicAlbum);
    }

    private static void Limited(RouteHandlerBuilder route) => route.Requires(Requirement.PublicAlbum).Limited(Gate.AlbumUploadLimit);

    private static IResult? Closed(AlbumVisit visit) =>
        visit.Collection.IsDeleted ? Answers.NotFound
        : visit.Link.EnableCollect ? null
        : Answers.Coded(StatusCodes.Status405MethodNotAllowed, "PUBLIC_COLLECT_DISABLED");

    private static async Task<IResult> Urls(HttpContext http, AlbumVisit visit, UploadUrls urls, CancellationToken cancellation) =>
        Closed(visit) ?? await urls.ManyAsync(http, visit.Collection.OwnerId, visit.Collection.App, cancellation);

    private static async Task<IResult> Checked(
        Body<CheckedUpload> body, HttpContext http, AlbumVisit visit, UploadUrls urls, CancellationToken cancellation) =>
        !body.Value.IsValid ? Answers.BadRequest
        : Closed(visit) ?? await urls.CheckedAsync(body.Value, http, visit.Collection.OwnerId, visit.Collection.App, cancellation);

    private static async Task<IResult> Multipart(HttpContext http, AlbumVisit visit, UploadUrls urls, CancellationToken cancellation) =>
        !UploadUrls.IsPartCount(http) ? Answers.BadRequest
        : Closed(visit) ?? await urls.MultipartAsync(http, visit.Collection.OwnerId, visit.Collection.App, cancellation);

    private static async Task<IResult> CheckedMultipart(
        Body<CheckedMultipartUpload> body, HttpContext http, AlbumVisit visit, UploadUrls urls, CancellationToken cancellation) =>
        !body.Value.IsValid ? Answers.BadRequest
        : Closed(visit) ?? await urls.CheckedMultipartAsync(body.Value, http, visit.Collection.OwnerId, visit.Collection.App, cancellation);

    private static async Task<IResult> CreateFile(
        Body<FileRequest> body, AlbumVisit visit, ClientInfo client, FileCreation creation, CancellationToken cancellation)
    {
        if (!body.Value.HasRequiredFields) return Answers.BadRequest;
        if (Closed(visit) is { } closed) return closed;
        if (body.Value.CollectionID != visit.Collection.Id) return Answers.Bad("the collection is not this link's");
        return await creation.CreateAsync(body.Value, visit.Collection.OwnerId, client.App, client, cancellation);
    }
}
