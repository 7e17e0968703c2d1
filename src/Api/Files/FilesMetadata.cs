using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>PUT /files/magic-metadata and /files/public-magic-metadata (api/03 §7.6).</summary>
internal static class FilesMetadata
{
    private const int MaxPrivate = FileLists.Most;
    private const int MaxPublic = FileLists.MostPublicChanges;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/files/magic-metadata", (Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            ChangeAsync(body, isPublic: false, MaxPrivate, caller, client, grains, c)).Requires(Requirement.Storage).TakesLargeBodies();
        routes.MapPut("/files/public-magic-metadata", (Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            ChangeAsync(body, isPublic: true, MaxPublic, caller, client, grains, c)).Requires(Requirement.Storage).TakesLargeBodies();
    }

    private sealed record Item(long? Id, MagicMetadataBody? MagicMetadata);

    private sealed record Request([property: AtMost(FileLists.MostPublicChanges)] IReadOnlyList<Item?>? MetadataList, bool? SkipVersion);

    private static async Task<IResult> ChangeAsync(
        Body<Request> body, bool isPublic, int max, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (body.Value.MetadataList is not { } list) return Answers.BadRequest;
        if (list.Count > max) return Answers.Of(Refusal.TooLarge);
        var changes = list
            .Select(i => new FileMetadataChange(i?.Id ?? 0, i?.MagicMetadata?.ToDomain() ?? new MagicMetadata(0, 0, "", "")))
            .ToList();
        return Answers.EmptyOr(await grains.SendAsync(
            new ChangeFilesMetadata(caller.UserId, isPublic, body.Value.SkipVersion ?? false, changes), client.RequestId, cancellation));
    }
}
