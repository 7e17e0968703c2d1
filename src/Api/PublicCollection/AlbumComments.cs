using Ente.Orleans.Api.Social;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>POST, PUT and DELETE /public-collection/comments (api/04 §3.3). Deleting too wants a body.</summary>
internal static class AlbumComments
{
    private const int MaxTextBytes = 280;

    /// <summary>Calls a minute from an address, for each of the routes that write through a link.</summary>
    public const int Limit = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/public-collection/comments", Add).Requires(Requirement.PublicAlbum).Limited(Limit);
        routes.MapPut("/public-collection/comments/{commentID}", Edit).Requires(Requirement.PublicAlbum).Limited(Limit);
        routes.MapDelete("/public-collection/comments/{commentID}", Delete).Requires(Requirement.PublicAlbum).Limited(Limit);
    }

    private sealed record AddRequest(
        string? Id, long? FileID, string? ParentCommentID, string? Cipher, string? Nonce, string? AnonUserID, string? AnonToken);

    private static async Task<IResult> Add(
        Body<AddRequest> body, HttpContext http, AlbumVisit visit, ClientInfo client, AlbumAuthors authors, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (visit.CommentsClosed is { } closed) return closed;
        if (Check(r.Cipher, r.Nonce) is { } bad) return bad;
        var (author, refusal) = await authors.IdentifyAsync(http, visit, client, r.AnonUserID, r.AnonToken, accountFirst: false);
        return refusal ?? await Comments.AddAsync(
            author!, visit.Link.Id, visit.Collection.Id, r.Id, r.FileID, r.ParentCommentID, r.Cipher!, r.Nonce!, client, grains, cancellation);
    }

    private sealed record EditRequest(string? Cipher, string? Nonce, string? AnonUserID, string? AnonToken);

    private static async Task<IResult> Edit(
        string commentID, Body<EditRequest> body, HttpContext http, AlbumVisit visit, ClientInfo client, AlbumAuthors authors,
        SocialQueries social, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (visit.CommentsClosed is { } closed) return closed;
        if (Check(r.Cipher, r.Nonce) is { } bad) return bad;
        var (author, refusal) = await authors.IdentifyAsync(http, visit, client, r.AnonUserID, r.AnonToken, accountFirst: false);
        return refusal ?? await Comments.EditAsync(
            author!, visit.Link.Id, commentID, r.Cipher!, r.Nonce!, client, social, grains, cancellation);
    }

    private sealed record DeleteRequest(string? AnonUserID, string? AnonToken);

    private static async Task<IResult> Delete(
        string commentID, Body<DeleteRequest> body, HttpContext http, AlbumVisit visit, ClientInfo client, AlbumAuthors authors,
        SocialQueries social, IGrainHost grains, CancellationToken cancellation)
    {
        if (visit.CommentsClosed is { } closed) return closed;
        var (author, refusal) = await authors.IdentifyAsync(
            http, visit, client, body.Value.AnonUserID, body.Value.AnonToken, accountFirst: true);
        return refusal ?? await Comments.DeleteAsync(author!, commentID, client, social, grains, cancellation);
    }

    private static IResult? Check(string? cipher, string? nonce)
    {
        if (!SocialFields.IsComment(cipher, nonce) || SealedText.PlainLength(cipher) is not { } length) return Answers.BadRequest;
        return length <= MaxTextBytes ? null : Answers.Coded(StatusCodes.Status400BadRequest, "PUBLIC_COMMENT_TOO_LONG");
    }
}
