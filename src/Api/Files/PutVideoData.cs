using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>PUT /files/video-data: the playlist of a streaming variant whose object was uploaded (api/03 §9.2).</summary>
internal static class PutVideoData
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/files/video-data", Handle).Requires(Requirement.Storage).TakesLargeBodies().WithMetadata(new CodedBodyErrors());

    private sealed record Request(long? FileID, string? ObjectID, long? ObjectSize, [property: AtMostBytes(Budget.LargeBody)] string? Playlist, string? PlaylistHeader, int? Version);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, FileQueries files, FileDataStore store, StoredSizes sizes, UploadSlots slots,
        IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.FileID, r.ObjectSize) || !Required.All(r.ObjectID, r.Playlist, r.PlaylistHeader) || !IsObjectId(r.ObjectID!))
            return Answers.Bad("fileID, objectID, objectSize, playlist and playlistHeader are required");
        if (await OwnLiveFile.CheckAsync(r.FileID!.Value, caller.UserId, files, cancellation) is { } refused) return refused;
        var key = FileDataStore.PreviewKey(caller.UserId, r.FileID.Value, FileData.VideoPreview, r.ObjectID!);
        if (await sizes.SizeAsync(store.Provider, key, cancellation) != r.ObjectSize) return Answers.Bad("the object has another size");
        var known = await files.DataAsync(r.FileID.Value, FileData.VideoPreview, cancellation);
        var isRepeated = known is { IsDeleted: false } && known.ObjectId == r.ObjectID && known.ObjectSize == r.ObjectSize;
        if (isRepeated) return Answers.EmptyObject;
        if (!await slots.IsOpenAsync(key, cancellation)) return Answers.Bad("the object was not uploaded for this");
        var playlist = await store.PutAsync(
            key + "_playlist", new FileDataStore.Content(r.Version ?? 1, r.Playlist!, r.PlaylistHeader!, client.Client ?? ""), cancellation);
        var reply = await grains.SendAsync(
            new PutFileData(
                caller.UserId, r.FileID.Value, FileData.VideoPreview, playlist + r.ObjectSize!.Value, store.Provider.Name, r.ObjectID,
                r.ObjectSize, null),
            client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        await slots.CloseAsync(key, cancellation);
        return Answers.EmptyObject;
    }

    private static bool IsObjectId(string id) =>
        id.Length == 25 && id.StartsWith("pv_", StringComparison.Ordinal) && id.AsSpan(3).ToString().All(char.IsAsciiLetterOrDigit);
}

/// <summary>A file of the caller's that is in some collection (api/03 §9.2, §9.6).</summary>
internal static class OwnLiveFile
{
    public static async Task<IResult?> CheckAsync(long fileId, long userId, FileQueries files, CancellationToken cancellation)
    {
        if (await files.FindAsync(fileId, cancellation) is not { } file) return Answers.BadRequest;
        if (file.OwnerId != userId) return Answers.Forbidden;
        return await files.IsLiveAsync(fileId, cancellation) ? null : Answers.NotFound;
    }
}
