using System.Globalization;
using Ente.Orleans.Api.Collections;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Files;

/// <summary>POST /files/copy: others' files into an own collection (api/03 §7.3).</summary>
internal static class CopyFiles
{
    private const int MaxFiles = FileLists.MostCopied;
    private const int Parallel = 4;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/files/copy", Handle).Requires(Requirement.Storage);

    private sealed record Item(long? Id, string? EncryptedKey, string? KeyDecryptionNonce);

    private sealed record Request(long? SrcCollectionID, long? DstCollectionID, IReadOnlyList<Item?>? Files);

    private sealed record Response(IReadOnlyDictionary<string, long> OldToNewFileIDMap);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, CollectionAccess access, CollectionQueries collections, FileQueries files,
        UploadUrls uploads, UploadSlots slots, ObjectUrls urls, IdAllocator ids, IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.SrcCollectionID, r.DstCollectionID) || r.Files is null || r.Files.Any(f => f is null)) return Answers.BadRequest;
        if (r.Files.Count > MaxFiles) return Answers.Bad("at most 100 files can be copied at once");
        if (r.Files.Count == 0) return Answers.Ok(new Response(new Dictionary<string, long>()));
        if (await access.ReadAsync(r.SrcCollectionID!.Value, caller.UserId, allowDeletedForOwner: false, cancellation) is not var (source, _, _))
            return Answers.NotFound;
        if (await collections.FindAsync(r.DstCollectionID!.Value, cancellation) is not { } target) return Answers.NotFound;
        if (target.OwnerId != caller.UserId) return Answers.Forbidden;
        if (target.IsDeleted) return Answers.NotFound;
        if (source.App != target.App || target.App != caller.App) return Answers.Bad("collections belong to different apps");

        var wanted = r.Files.Select(f => f!.Id ?? 0).ToList();
        if (wanted.Distinct().Count() != wanted.Count) return Answers.Bad("a file is named twice");
        var members = (await files.MembershipsAsync(source.Id, wanted, cancellation)).Where(m => !m.IsDeleted).ToDictionary(m => m.FileId);
        if (wanted.Any(id => !members.ContainsKey(id))) return Answers.Bad("a file is not in the source collection");
        if (members.Values.Any(m => m.FileOwnerId == caller.UserId)) return Answers.Bad("own files are added, not copied");
        var originals = (await files.FindAllAsync(wanted, cancellation)).ToDictionary(f => f.Id);
        if (originals.Values.Any(f => f.FileObjectKey is null || f.ThumbnailObjectKey is null)) return Answers.Bad("a file has no content");
        if (await uploads.RefusedAsync(caller.UserId, caller.App, null, cancellation) is { } refused) return refused;

        var copied = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        IResult? failure = null;
        await System.Threading.Tasks.Parallel.ForEachAsync(
            r.Files,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation },
            async (item, token) =>
            {
                if (Volatile.Read(ref failure) is not null) return;
                var original = originals[item!.Id!.Value];
                if (await uploads.RefusedAsync(caller.UserId, caller.App, original.StoredBytes, token) is { } over)
                {
                    Volatile.Write(ref failure, over);
                    return;
                }

                var content = await CopyObjectAsync(original.FileObjectKey!, original.FileHeader, caller.UserId, urls, slots, clock, token);
                var thumbnail = await CopyObjectAsync(original.ThumbnailObjectKey!, original.ThumbnailHeader, caller.UserId, urls, slots, clock, token);
                var reply = await grains.SendAsync(
                    new CreateFile(
                        caller.UserId, await ids.FileAsync(token), caller.App, target.Id, item.EncryptedKey ?? "", item.KeyDecryptionNonce ?? "",
                        content, thumbnail, original.EncryptedMetadata, original.MetadataHeader, null, original.PubMagicMetadata, client.Client,
                        clock.Now),
                    client.RequestId, token);
                if (reply.Refusal is { } no) Volatile.Write(ref failure, Answers.Of(no));
                else copied[original.Id.ToString(CultureInfo.InvariantCulture)] = reply.Value!.FileId;
            });
        return failure ?? Answers.Ok(new Response(copied));
    }

    // The copy gets a slot first, so that it expires if this server dies before the file exists.
    private static async Task<ClaimedObject> CopyObjectAsync(
        string key, string header, long ownerId, ObjectUrls urls, UploadSlots slots, Clock clock, CancellationToken cancellation)
    {
        var copy = $"{ownerId}/{Guid.NewGuid():D}";
        await slots.OpenAsync([copy], ownerId, urls.Hot.Name, null, clock.Now, cancellation);
        var head = await urls.Hot.CopyAsync(key, copy, cancellation);
        return new ClaimedObject(copy, header, null, head?.Size, urls.Hot.Name);
    }
}
