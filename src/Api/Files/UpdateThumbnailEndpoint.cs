using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>PUT /files/thumbnail (api/03 §7.5).</summary>
internal static class UpdateThumbnailEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/files/thumbnail", Handle).Requires(Requirement.Storage);

    private sealed record Request(long? FileID, ObjectBody? Thumbnail);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, StoredSizes sizes, IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.FileID) || !Required.All(r.Thumbnail?.DecryptionHeader) || !UploadKey.IsOf(r.Thumbnail?.ObjectKey, caller.UserId))
            return Answers.BadRequest;
        var thumbnail = await sizes.OfAsync(r.Thumbnail!, cancellation);
        return Answers.EmptyOr(await grains.SendAsync(
            new UpdateThumbnail(caller.UserId, r.FileID!.Value, thumbnail, clock.Now), client.RequestId, cancellation));
    }
}
