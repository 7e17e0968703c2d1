using Ente.Orleans.Api.Files;

namespace Ente.Orleans.Api.Collections;

/// <summary>GET /collections/file: one file in a collection, unmasked (api/02 §6).</summary>
internal static class CollectionFile
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/collections/file", Handle).Requires(Requirement.Storage);

    private static IResult NotInAlbum => Answers.Coded(StatusCodes.Status404NotFound, "FILE_NOT_FOUND_IN_ALBUM");

    private static async Task<IResult> Handle(
        HttpContext http, Caller caller, CollectionQueries collections, FileQueries files, CancellationToken cancellation)
    {
        var collectionId = Query.NumberOrZero(http, "collectionID");
        if (await files.InCollectionAsync(collectionId, Query.NumberOrZero(http, "fileID"), cancellation) is not { } file) return NotInAlbum;
        if (file.OwnerId != caller.UserId && file.CollectionOwnerId != caller.UserId
            && await collections.ShareAsync(collectionId, caller.UserId, cancellation) is not { IsDeleted: false })
        {
            return Answers.Forbidden;
        }

        return file.IsDeleted ? NotInAlbum : new FileAnswer(file);
    }

    private sealed class FileAnswer(FileView file) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = JsonAnswer<object>.ContentType;
            await using var json = FileJson.Writer(httpContext);
            json.WriteStartObject();
            json.WritePropertyName("file"u8);
            FileJson.Write(json, file, withPrivate: true, file.IsScrubbed);
            json.WriteEndObject();
        }
    }
}
