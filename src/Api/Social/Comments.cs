using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Api.Social;

/// <summary>POST /comments, PUT and DELETE /comments/{commentID} (api/04 §2.5).</summary>
internal static class Comments
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/comments", Add).Requires(Requirement.Storage);
        routes.MapPut("/comments/{commentID}", Edit).Requires(Requirement.Storage);
        routes.MapDelete("/comments/{commentID}", Delete).Requires(Requirement.Storage);
    }

    private sealed record AddRequest(long? CollectionID, string? Id, long? FileID, string? ParentCommentID, string? Cipher, string? Nonce);

    private static async Task<IResult> Add(
        Body<AddRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !SocialFields.IsComment(r.Cipher, r.Nonce)) return Answers.BadRequest;
        return await AddAsync(
            Author.Account(caller.UserId), linkId: null, r.CollectionID!.Value, r.Id, r.FileID, r.ParentCommentID, r.Cipher!, r.Nonce!,
            client, grains, cancellation);
    }

    /// <summary>The part that members and visitors share. Cipher and nonce were looked at before.</summary>
    public static async Task<IResult> AddAsync(
        Author author, long? linkId, long collectionId, string? id, long? fileId, string? parentCommentId, string cipher, string nonce,
        ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var commentId = string.IsNullOrEmpty(id) ? SocialFields.NewCommentId() : id;
        if (!SocialFields.IsCommentId(commentId)) return Answers.BadRequest;

        // What is no comment's id is no comment: also 404 for who has no access.
        if (parentCommentId is not null && !SocialFields.IsCommentId(parentCommentId)) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new AddComment(author, linkId, collectionId, commentId, fileId, parentCommentId, cipher, nonce), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.Created(new IdResponse(reply.Value!));
    }

    private sealed record EditRequest(string? Cipher, string? Nonce);

    private static async Task<IResult> Edit(
        string commentID, Body<EditRequest> body, Caller caller, ClientInfo client, SocialQueries social, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!SocialFields.IsComment(r.Cipher, r.Nonce)) return Answers.BadRequest;
        return await EditAsync(
            Author.Account(caller.UserId), linkId: null, commentID, r.Cipher!, r.Nonce!, client, social, grains, cancellation);
    }

    public static async Task<IResult> EditAsync(
        Author author, long? linkId, string commentId, string cipher, string nonce, ClientInfo client, SocialQueries social,
        IGrainHost grains, CancellationToken cancellation) =>
        await FindAsync(commentId, social, cancellation) is { } comment
            ? Answers.EmptyObjectOr(await grains.SendAsync(
                new EditComment(author, linkId, comment.CollectionId, comment.Id, cipher, nonce), client.RequestId, cancellation))
            : Answers.NotFound;

    private static Task<IResult> Delete(
        string commentID, Caller caller, ClientInfo client, SocialQueries social, IGrainHost grains, CancellationToken cancellation) =>
        DeleteAsync(Author.Account(caller.UserId), commentID, client, social, grains, cancellation);

    public static async Task<IResult> DeleteAsync(
        Author author, string commentId, ClientInfo client, SocialQueries social, IGrainHost grains, CancellationToken cancellation) =>
        await FindAsync(commentId, social, cancellation) is { } comment
            ? Answers.EmptyObjectOr(await grains.SendAsync(
                new DeleteComment(author, comment.CollectionId, comment.Id), client.RequestId, cancellation))
            : Answers.NotFound;

    // The comment names the grain that decides; its collection never changes.
    private static async Task<Comment?> FindAsync(string commentId, SocialQueries social, CancellationToken cancellation) =>
        SocialFields.IsCommentId(commentId) ? await social.CommentAsync(commentId, cancellation) : null;
}
