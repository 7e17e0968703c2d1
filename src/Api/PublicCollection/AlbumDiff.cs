using Ente.Orleans.Api.Collections;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>GET /public-collection/diff (api/02 §13).</summary>
internal static class AlbumDiff
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/public-collection/diff", Handle).Requires(Requirement.PublicAlbum).WithMetadata(new CountsDevice(GivesToken: false));

    private static Task Handle(HttpContext http, AlbumVisit visit, VisitorReads reads, CancellationToken cancellation) =>
        visit.Collection.IsDeleted ? Answers.NotFound.ExecuteAsync(http) : reads.WriteDiffAsync(http, visit.Collection.Id, cancellation);
}
