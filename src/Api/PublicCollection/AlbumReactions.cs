using Ente.Orleans.Api.Social;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>POST /public-collection/reactions (members use PUT) and DELETE /public-collection/reactions/{reactionID} (api/04 §3.3).</summary>
internal static class AlbumReactions
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/public-collection/reactions", Set).Requires(Requirement.PublicAlbum).Limited(AlbumComments.Limit);
        routes.MapDelete("/public-collection/reactions/{reactionID}", Delete).Requires(Requirement.PublicAlbum).Limited(AlbumComments.Limit);
    }

    private sealed record SetRequest(
        string? Id, long? FileID, string? CommentID, string? Cipher, string? Nonce, string? AnonUserID, string? AnonToken);

    private static async Task<IResult> Set(
        Body<SetRequest> body, HttpContext http, AlbumVisit visit, ClientInfo client, AlbumAuthors authors, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (visit.CommentsClosed is { } closed) return closed;
        if (!SocialFields.IsReaction(r.Cipher, r.Nonce)) return Answers.BadRequest;
        var (author, refusal) = await authors.IdentifyAsync(http, visit, client, r.AnonUserID, r.AnonToken, accountFirst: false);
        return refusal ?? await Reactions.SetAsync(
            author!, visit.Link.Id, visit.Collection.Id, r.Id, r.FileID, r.CommentID, r.Cipher!, r.Nonce!, client, grains, cancellation);
    }

    private sealed record DeleteRequest(string? AnonUserID, string? AnonToken);

    private static async Task<IResult> Delete(
        string reactionID, Body<DeleteRequest> body, HttpContext http, AlbumVisit visit, ClientInfo client, AlbumAuthors authors,
        SocialQueries social, IGrainHost grains, CancellationToken cancellation)
    {
        if (visit.CommentsClosed is { } closed) return closed;
        var (author, refusal) = await authors.IdentifyAsync(
            http, visit, client, body.Value.AnonUserID, body.Value.AnonToken, accountFirst: false);
        return refusal ?? await Reactions.DeleteAsync(author!, byLink: true, reactionID, client, social, grains, cancellation);
    }
}
