using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>PUT /files/data: ML data (api/03 §9.1).</summary>
internal static class PutFileDataEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/files/data", Handle).Requires(Requirement.Storage).TakesLargeBodies().WithMetadata(new CodedBodyErrors());

    private sealed record Request(
        long? FileID, string? Type, [property: AtMostBytes(Budget.LargeBody)] string? EncryptedData, string? DecryptionHeader, int? Version, long? LastUpdatedAt);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, FileQueries files, FileDataStore store, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.FileID) || r.Type != FileData.MlData || !Required.All(r.EncryptedData, r.DecryptionHeader))
            return Answers.Bad("fileID, type mldata, encryptedData and decryptionHeader are required");
        if (await files.FindAsync(r.FileID!.Value, cancellation) is not { } file) return Answers.NotFound;
        if (file.OwnerId != caller.UserId && !(await files.ReadableAsync(caller.UserId, [file.Id], cancellation)).Contains(file.Id))
            return Answers.Forbidden;
        var known = await files.DataAsync(file.Id, FileData.MlData, cancellation);
        if (r.LastUpdatedAt is { } last && (known is { IsDeleted: true } || last != (known?.UpdatedAt ?? 0)))
            return Answers.Coded(StatusCodes.Status409Conflict, "INVALID_VERSION");
        if (known is { IsDeleted: true } || file.IsDeleted) return Answers.EmptyObject;
        var size = await store.PutAsync(
            FileDataStore.MlDataKey(file.OwnerId, file.Id),
            new FileDataStore.Content(r.Version ?? 1, r.EncryptedData!, r.DecryptionHeader!, client.Client ?? ""), cancellation);
        var reply = await grains.SendAsync(
            new PutFileData(caller.UserId, file.Id, FileData.MlData, size, store.Provider.Name, null, null, r.LastUpdatedAt),
            client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
