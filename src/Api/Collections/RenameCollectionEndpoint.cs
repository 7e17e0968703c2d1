using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections/rename (api/02 §7).</summary>
internal static class RenameCollectionEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/collections/rename", Handle).Requires(Requirement.Storage);

    private sealed record Request(long? CollectionID, string? EncryptedName, string? NameDecryptionNonce);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !Required.All(r.EncryptedName, r.NameDecryptionNonce)) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(
            new RenameCollection(caller.UserId, r.CollectionID!.Value, r.EncryptedName!, r.NameDecryptionNonce!), client.RequestId, cancellation));
    }
}
