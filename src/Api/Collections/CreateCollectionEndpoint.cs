using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections (api/02 §7).</summary>
internal static class CreateCollectionEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/collections", Handle).Requires(Requirement.Storage);

    private sealed record AttributesRequest(string? EncryptedPath, string? PathDecryptionNonce, int? Version);

    private sealed record Request(
        string? EncryptedKey, string? KeyDecryptionNonce, string? Type, string? EncryptedName, string? NameDecryptionNonce, string? Name,
        AttributesRequest? Attributes, MagicMetadataBody? MagicMetadata, MagicMetadataBody? PubMagicMetadata);

    private sealed record Response(CollectionBody Collection);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IdAllocator ids, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.EncryptedKey, r.KeyDecryptionNonce, r.Type)) return Answers.BadRequest;
        if (r.MagicMetadata is { IsComplete: false } || r.PubMagicMetadata is { IsComplete: false }) return Answers.BadRequest;
        if (!WireBase64.HasSize(r.EncryptedKey, 48) || !WireBase64.HasSize(r.KeyDecryptionNonce, 24)) return Answers.BadRequest;
        if (CollectionType.Parse(r.Type) is not { } type) return Answers.BadRequest;
        var attributes = new CollectionAttributes(
            r.Attributes?.EncryptedPath, r.Attributes?.PathDecryptionNonce, r.Attributes?.Version ?? 0);
        var command = new CreateCollection(
            caller.UserId, await ids.CollectionAsync(cancellation), caller.App, type, r.EncryptedKey!, r.KeyDecryptionNonce!,
            string.IsNullOrEmpty(r.Name) ? null : r.Name, r.EncryptedName ?? "", r.NameDecryptionNonce ?? "", attributes,
            r.MagicMetadata?.ToDomain(), r.PubMagicMetadata?.ToDomain());
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        return Answers.OkOr(reply, created => new Response(Of(created)));
    }

    private static CollectionBody Of(CreatedCollection created)
    {
        var body = CollectionBody.Of(created.Collection);
        return created.IsNew ? body : body with { App = "", PubMagicMetadata = null };
    }
}
