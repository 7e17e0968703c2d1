using Ente.Orleans.Api.Files;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>GET /public-collection/diff (api/02 §13).</summary>
internal static class AlbumDiff
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/public-collection/diff", Handle).Requires(Requirement.PublicAlbum).WithMetadata(new CountsDevice(GivesToken: false));

    private static async Task Handle(HttpContext http, AlbumVisit visit, FileQueries files, CancellationToken cancellation)
    {
        var refusal = visit.Collection.IsDeleted ? Answers.NotFound
            : Query.Number(http, "sinceTime") is null ? Answers.Bad("sinceTime is required")
            : null;
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(http);
            return;
        }

        var page = await files.DiffPageAsync(visit.Collection.Id, Query.NumberOrZero(http, "sinceTime"), cancellation);
        await FileJson.WriteDiffAsync(
            http, files.DiffAsync(visit.Collection.Id, page, cancellation), page.HasMore, FileJson.WriteForVisitor, cancellation);
    }
}
