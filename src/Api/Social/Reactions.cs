using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Api.Social;

/// <summary>PUT /reactions, which sets or replaces, and DELETE /reactions/{reactionID} (api/04 §2.5).</summary>
internal static class Reactions
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/reactions", Set).Requires(Requirement.Storage);
        routes.MapDelete("/reactions/{reactionID}", Delete).Requires(Requirement.Storage);
    }

    private sealed record SetRequest(long? CollectionID, string? Id, long? FileID, string? CommentID, string? Cipher, string? Nonce);

    private static async Task<IResult> Set(
        Body<SetRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !SocialFields.IsReaction(r.Cipher, r.Nonce)) return Answers.BadRequest;
        return await SetAsync(
            Author.Account(caller.UserId), linkId: null, r.CollectionID!.Value, r.Id, r.FileID, r.CommentID, r.Cipher!, r.Nonce!, client,
            grains, cancellation);
    }

    /// <summary>The part that members and visitors share. Cipher and nonce were looked at before.</summary>
    public static async Task<IResult> SetAsync(
        Author author, long? linkId, long collectionId, string? id, long? fileId, string? commentId, string cipher, string nonce,
        ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var reactionId = string.IsNullOrEmpty(id) ? SocialFields.NewReactionId() : id;
        if (!SocialFields.IsReactionId(reactionId)) return Answers.BadRequest;
        if (commentId is not null && !SocialFields.IsCommentId(commentId)) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new SetReaction(author, linkId, collectionId, reactionId, fileId, commentId, cipher, nonce), client.RequestId, cancellation);
        return Answers.OkOr(reply, own => new IdResponse(own));
    }

    private static Task<IResult> Delete(
        string reactionID, Caller caller, ClientInfo client, SocialQueries social, IGrainHost grains, CancellationToken cancellation) =>
        DeleteAsync(Author.Account(caller.UserId), byLink: false, reactionID, client, social, grains, cancellation);

    public static async Task<IResult> DeleteAsync(
        Author author, bool byLink, string reactionId, ClientInfo client, SocialQueries social, IGrainHost grains,
        CancellationToken cancellation)
    {
        if (!SocialFields.IsReactionId(reactionId)) return Answers.NotFound;
        if (await social.ReactionAsync(reactionId, cancellation) is not { } reaction) return Answers.NotFound;
        return Answers.EmptyObjectOr(await grains.SendAsync(
            new DeleteReaction(author, byLink, reaction.CollectionId, reaction.Id), client.RequestId, cancellation));
    }
}
