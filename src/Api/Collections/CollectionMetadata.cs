using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>PUT /collections/magic-metadata, public-magic-metadata and sharee-magic-metadata (api/02 §7).</summary>
internal static class CollectionMetadata
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/collections/magic-metadata", (Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            SendAsync(body, client, grains, (id, m) => new ChangeCollectionMetadata(caller.UserId, id, IsPublic: false, m), c)).Requires(Requirement.Storage);
        routes.MapPut("/collections/public-magic-metadata", (Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            SendAsync(body, client, grains, (id, m) => new ChangeCollectionMetadata(caller.UserId, id, IsPublic: true, m), c)).Requires(Requirement.Storage);
        routes.MapPut("/collections/sharee-magic-metadata", (Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            SendAsync(body, client, grains, (id, m) => new ChangeShareeMetadata(caller.UserId, id, m), c)).Requires(Requirement.Storage);
    }

    private sealed record Request(long? Id, MagicMetadataBody? MagicMetadata);

    private static async Task<IResult> SendAsync(
        Body<Request> body, ClientInfo client, IGrainHost grains, Func<long, MagicMetadata, ICommand<Done>> command, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.Id) || body.Value.MagicMetadata is not { IsComplete: true } metadata) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(command(body.Value.Id!.Value, metadata.ToDomain()), client.RequestId, cancellation));
    }
}
