using Ente.Orleans.Api.Social;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>
/// GET /public-collection/comments/diff, reactions/diff and social/diff: always of the link's own album,
/// whatever the query says (api/04 §3.3).
/// </summary>
internal static class AlbumSocialDiff
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/public-collection/comments/diff", async (HttpContext http, AlbumVisit visit, SocialQueries social, CancellationToken c) =>
            visit.CommentsClosed ?? await SocialDiffAnswers.CommentsAsync(http, visit.Collection.Id, social, c))
            .Requires(Requirement.PublicAlbum);
        routes.MapGet("/public-collection/reactions/diff", async (HttpContext http, AlbumVisit visit, SocialQueries social, CancellationToken c) =>
            visit.CommentsClosed ?? await SocialDiffAnswers.ReactionsAsync(http, visit.Collection.Id, social, c))
            .Requires(Requirement.PublicAlbum);
        routes.MapGet("/public-collection/social/diff", async (HttpContext http, AlbumVisit visit, SocialQueries social, CancellationToken c) =>
            visit.CommentsClosed ?? await SocialDiffAnswers.BothAsync(http, visit.Collection.Id, hasOwnCursors: false, social, c))
            .Requires(Requirement.PublicAlbum);
    }
}
