using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections/share (api/02 §10).</summary>
internal static class ShareCollectionEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/collections/share", Handle).Requires(Requirement.Storage);

    private sealed record Request(long? CollectionID, string? Email, string? EncryptedKey, string? Role);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, CollectionQueries collections,
        CollectionBodies bodies, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !Required.All(r.Email)) return Answers.BadRequest;
        if (!IsSealedKey(r.EncryptedKey)) return Answers.BadRequest;
        if (await accounts.FindByEmailAsync(r.Email!, cancellation) is not { } recipient) return Answers.NotFound;
        var role = r.Role ?? Roles.Viewer;
        var reply = await grains.SendAsync(
            new ShareCollection(caller.UserId, r.CollectionID!.Value, recipient.Id, r.EncryptedKey!, role), client.RequestId, cancellation);
        return reply.Refusal is { } no
            ? Answers.Of(no)
            : Answers.Ok(await SharingAnswer.OfAsync(r.CollectionID.Value, collections, bodies, cancellation));
    }

    /// <summary>A collection key sealed to somebody: 32 bytes and the box around them.</summary>
    public static bool IsSealedKey(string? base64) => WireBase64.HasSize(base64, 32 + SealedBox.Overhead);
}

internal sealed record SharingAnswer(IReadOnlyList<UserBody> Sharees)
{
    public static async Task<SharingAnswer> OfAsync(
        long collectionId, CollectionQueries collections, CollectionBodies bodies, CancellationToken cancellation) =>
        new(await bodies.ShareesAsync(await collections.ShareesAsync(collectionId, cancellation), cancellation));
}
