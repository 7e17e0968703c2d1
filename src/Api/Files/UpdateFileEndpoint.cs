using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>PUT /files/update: new content under the same key (api/03 §7.4).</summary>
internal static class UpdateFileEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/files/update", Handle).Requires(Requirement.Storage);

    private sealed record Response(long Id, long UpdationTime);

    private static Task<IResult> Handle(
        Body<FileRequest> body, Caller caller, ClientInfo client, StoredSizes sizes, IGrainHost grains, Clock clock,
        CancellationToken cancellation) => UpdateAsync(body.Value, caller, client, sizes, grains, clock, cancellation);

    public static async Task<IResult> UpdateAsync(
        FileRequest r, Caller caller, ClientInfo client, StoredSizes sizes, IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        if (r.Id is not > 0 || !r.HasRequiredFields || !r.HasKeysOf(caller.UserId)) return Answers.BadRequest;
        var (content, thumbnail) = await sizes.OfAsync(r, cancellation);
        var reply = await grains.SendAsync(
            new UpdateFile(
                caller.UserId, r.Id.Value, content, thumbnail, r.Metadata!.EncryptedData ?? "", r.Metadata.DecryptionHeader!, clock.Now),
            client.RequestId, cancellation);
        return Answers.OkOr(reply, time => new Response(r.Id.Value, time));
    }
}
