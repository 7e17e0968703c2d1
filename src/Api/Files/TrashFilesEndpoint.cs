using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>POST /files/trash (api/03 §7.7).</summary>
internal static class TrashFilesEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/files/trash", Handle).Requires(Requirement.Storage);

    private sealed record Item(long? FileID, long? CollectionID);

    private sealed record Request([property: AtMost(FileLists.Most)] IReadOnlyList<Item?>? Items);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, ApiOptions options, IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        if (body.Value.Items is not { } items || items.Any(i => i is null)) return Answers.BadRequest;
        var command = new TrashFiles(
            caller.UserId, [.. items.Select(i => new TrashItem(i!.FileID ?? 0, i.CollectionID ?? 0))],
            clock.Now + (options.TrashDays * Micros.Day));
        return Answers.EmptyOr(await grains.SendAsync(command, client.RequestId, cancellation));
    }
}
