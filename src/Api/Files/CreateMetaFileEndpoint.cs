using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>POST /files/meta: a file that is metadata only (api/03 §7.2).</summary>
internal static class CreateMetaFileEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/files/meta", Handle).Requires(Requirement.Storage);

    private static async Task<IResult> Handle(
        Body<FileRequest> body, Caller caller, ClientInfo client, IdAllocator ids, IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (r.Id is not (null or 0) || !Required.All(r.Metadata?.DecryptionHeader)) return Answers.BadRequest;
        if (r.MagicMetadata is { IsComplete: false } || r.PubMagicMetadata is { IsComplete: false }) return Answers.BadRequest;
        var command = new CreateMetaFile(
            caller.UserId, await ids.FileAsync(cancellation), caller.App, r.CollectionID ?? 0, r.EncryptedKey ?? "",
            r.KeyDecryptionNonce ?? "", r.Metadata!.EncryptedData ?? "", r.Metadata.DecryptionHeader!, r.MagicMetadata?.ToDomain(),
            r.PubMagicMetadata?.ToDomain(), client.Client, clock.Now);
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        return Answers.OkOr(reply, created => FileCreation.ResponseTo(r with { File = null, Thumbnail = null }, caller.UserId, created));
    }
}
