using Ente.Orleans.Domain.Files;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Files;

/// <summary>Turns uploads into files, for owners and for visitors of collecting albums (api/03 §7.1).</summary>
internal sealed class FileCreation(StoredSizes sizes, IdAllocator ids, IGrainHost grains, FirstUploads firsts, Clock clock)
{
    public async Task<IResult> CreateAsync(FileRequest r, long ownerId, string app, ClientInfo client, CancellationToken cancellation)
    {
        if (!r.HasRequiredFields || !Required.All(r.EncryptedKey, r.KeyDecryptionNonce) || !r.HasKeysOf(ownerId)) return Answers.BadRequest;
        var (content, thumbnail) = await sizes.OfAsync(r, cancellation);
        var command = new CreateFile(
            ownerId, await ids.FileAsync(cancellation), app, r.CollectionID ?? 0, r.EncryptedKey!, r.KeyDecryptionNonce!, content, thumbnail,
            r.Metadata!.EncryptedData ?? "", r.Metadata.DecryptionHeader!, r.MagicMetadata?.ToDomain(), r.PubMagicMetadata?.ToDomain(),
            client.Client, clock.Now);
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        if (reply.Value is { IsFirst: true }) firsts.Congratulate(ownerId);
        return Answers.OkOr(reply, created => ResponseTo(r, ownerId, created));
    }

    public static FileResponse ResponseTo(FileRequest r, long ownerId, CreatedFile created) => new(
        created.FileId, ownerId, r.CollectionID ?? 0, null, r.EncryptedKey ?? "", r.KeyDecryptionNonce ?? "",
        new AttributesResponse(r.File?.ObjectKey, null, r.File?.DecryptionHeader ?? "", created.FileSize),
        new AttributesResponse(r.Thumbnail?.ObjectKey, null, r.Thumbnail?.DecryptionHeader ?? "", created.ThumbnailSize),
        new AttributesResponse(null, r.Metadata?.EncryptedData, r.Metadata?.DecryptionHeader ?? "", 0),
        IsDeleted: false, created.UpdationTime, new InfoResponse(created.FileSize, created.ThumbnailSize))
    {
        MagicMetadata = r.MagicMetadata?.ToDomain(),
        PubMagicMetadata = r.PubMagicMetadata?.ToDomain(),
    };
}

/// <summary>The mail about an account's first file; not sent to who has had files before (api/03 §7.1).</summary>
internal sealed class FirstUploads(FileQueries files, AccountQueries accounts, Users.Notices notices)
{
    public void Congratulate(long userId) => notices.Send("a first upload", async () =>
    {
        if (await files.HasTrashAsync(userId, CancellationToken.None)) return null;
        var emails = await accounts.EmailsAsync([userId], CancellationToken.None);
        return emails.TryGetValue(userId, out var email) ? Users.Mails.FirstUpload(email) : null;
    });
}

/// <summary>Asks the store what it has of a claimed upload: three tries, since a store may lag behind its own answer to a PUT.</summary>
internal sealed class StoredSizes(ObjectUrls urls, ILogger<StoredSizes> log)
{
    private static readonly TimeSpan[] Waits = [TimeSpan.Zero, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)];

    public async Task<(ClaimedObject Content, ClaimedObject Thumbnail)> OfAsync(FileRequest r, CancellationToken cancellation)
    {
        var content = OfAsync(r.File!, cancellation);
        var thumbnail = OfAsync(r.Thumbnail!, cancellation);
        return (await content, await thumbnail);
    }

    public async Task<ClaimedObject> OfAsync(ObjectBody o, CancellationToken cancellation) =>
        new(o.ObjectKey!, o.DecryptionHeader!, o.Size, await SizeAsync(urls.Hot, o.ObjectKey!, cancellation), urls.Hot.Name);

    /// <summary>Bytes stored under the key; null when there are none, or the store can not be asked.</summary>
    public async Task<long?> SizeAsync(IObjectProvider provider, string key, CancellationToken cancellation)
    {
        foreach (var wait in provider is Storage.Embedded.EmbeddedStore ? Waits.AsSpan(0, 1).ToArray() : Waits)
        {
            if (wait > TimeSpan.Zero) await Task.Delay(wait, cancellation);
            try
            {
                if (await provider.HeadAsync(key, cancellation) is { } head) return head.Size;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning(e, "Provider {Provider} did not tell the size of an object", provider.Name);
            }
        }

        return null;
    }
}
