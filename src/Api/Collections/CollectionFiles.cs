using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections/add-files, move-files, restore-files, v3/remove-files and suggest-delete (api/02 §8).</summary>
internal static class CollectionFiles
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/collections/add-files", Add).Requires(Requirement.Storage);
        routes.MapPost("/collections/move-files", Move).Requires(Requirement.Storage);
        routes.MapPost("/collections/restore-files", Restore).Requires(Requirement.Storage);
        routes.MapPost("/collections/v3/remove-files", (Body<RemoveRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            RemoveAsync(body, suggestDeletion: false, caller, client, grains, c)).Requires(Requirement.Storage);
        routes.MapPost("/collections/suggest-delete", (Body<RemoveRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken c) =>
            RemoveAsync(body, suggestDeletion: true, caller, client, grains, c)).Requires(Requirement.Storage);
    }

    private sealed record Item(long? Id, string? EncryptedKey, string? KeyDecryptionNonce);

    private sealed record FilesRequest(long? CollectionID, [property: AtMost(FileLists.Most)] IReadOnlyList<Item?>? Files);

    private static async Task<IResult> Add(
        Body<FilesRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.CollectionID) || Items(body.Value.Files) is not { } files) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(
            new AddFiles(caller.UserId, caller.App, body.Value.CollectionID!.Value, files), client.RequestId, cancellation));
    }

    private sealed record MoveRequest(
        long? FromCollectionID, long? ToCollectionID, [property: AtMost(FileLists.Most)] IReadOnlyList<Item?>? Files);

    private static async Task<IResult> Move(
        Body<MoveRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.FromCollectionID, r.ToCollectionID) || Items(r.Files) is not { } files) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(
            new MoveFiles(caller.UserId, r.FromCollectionID!.Value, r.ToCollectionID!.Value, files), client.RequestId, cancellation));
    }

    private static async Task<IResult> Restore(
        Body<FilesRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.CollectionID) || Items(body.Value.Files) is not { } files) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(
            new RestoreFiles(caller.UserId, body.Value.CollectionID!.Value, files), client.RequestId, cancellation));
    }

    private sealed record RemoveRequest(long? CollectionID, [property: AtMost(FileLists.Most)] IReadOnlyList<long>? FileIDs);

    private static async Task<IResult> RemoveAsync(
        Body<RemoveRequest> body, bool suggestDeletion, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || r.FileIDs is null) return Answers.BadRequest;
        var command = new RemoveFiles(
            caller.UserId, r.CollectionID!.Value, r.FileIDs, suggestDeletion, Convert.ToBase64String(Secrets.RandomBytes(16)));
        return Answers.EmptyOr(await grains.SendAsync(command, client.RequestId, cancellation));
    }

    // Elements are not validated by the contract; a missing one can not be anybody's file.
    private static List<FileItem>? Items(IReadOnlyList<Item?>? items) =>
        items is null || items.Any(i => i is null)
            ? null
            : [.. items.Select(i => new FileItem(i!.Id ?? 0, i.EncryptedKey ?? "", i.KeyDecryptionNonce ?? ""))];
}
