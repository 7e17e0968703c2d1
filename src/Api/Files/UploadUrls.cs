using Ente.Orleans.Api.PublicCollection;
using Ente.Orleans.Crypto;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Files;

/// <summary>A single upload bound to its length and MD5 (api/03 §6.3).</summary>
internal sealed record CheckedUpload(long? ContentLength, string? ContentMD5)
{
    public bool IsValid => ContentLength is > 0 and <= Allowance.MaxFileSize && IsMd5(ContentMD5);

    public ContentBinding Binding => new(ContentLength!.Value, ContentMD5!.Trim());

    public static bool IsMd5(string? text) => WireBase64.HasSize(text?.Trim(), 16);
}

/// <summary>An upload in parts, each bound to its length and MD5 (api/03 §6.5).</summary>
internal sealed record CheckedMultipartUpload(long? ContentLength, long? PartLength, IReadOnlyList<string?>? PartMd5s)
{
    private const long MinPart = 5L << 20;
    private const long MaxPart = 5L << 30;

    public bool IsValid =>
        ContentLength is > 0 and <= Allowance.MaxFileSize && PartLength is > 0 and <= MaxPart
        && (ContentLength <= PartLength || PartLength >= MinPart) && PartMd5s is { Count: > 0 and <= UploadUrls.MaxParts }
        && PartMd5s.Count == (ContentLength + PartLength - 1) / PartLength && PartMd5s.All(CheckedUpload.IsMd5);

    public IEnumerable<ContentBinding> Bindings() => PartMd5s!.Select((md5, i) =>
        new ContentBinding(Math.Min(PartLength!.Value, ContentLength!.Value - (i * PartLength.Value)), md5!.Trim()));
}

internal sealed record UploadUrl(string ObjectKey, string Url);

internal sealed record MultipartUploadUrls(string ObjectKey, IReadOnlyList<string> PartURLs, string CompleteURL);

/// <summary>Mints objects for upload (api/03 §6): checks the owner's allowance, opens slots, signs URLs.</summary>
internal sealed class UploadUrls(ObjectUrls urls, UploadSlots slots, SlotBounds bounds, AccountQueries accounts, Budget budget, Clock clock)
{
    public const int MaxUrls = 50;
    public const int MaxParts = 10_000;

    private sealed record ManyResponse(IReadOnlyList<UploadUrl> Urls);

    private sealed record MultipartResponse(MultipartUploadUrls Urls);

    public static bool IsPartCount(HttpContext http) => Query.Number(http, "count") is >= 1 and <= MaxParts;

    /// <summary>Null when the user may upload; <paramref name="size"/> null before it is known.</summary>
    public async Task<IResult?> RefusedAsync(long userId, string app, long? size, CancellationToken cancellation)
    {
        var allowance = await accounts.AllowanceAsync(userId, app, cancellation);
        var refusal = allowance is null ? Refusal.NotFound : allowance.Check(size, app, clock.Now);
        return refusal is null ? null : Answers.Of(refusal);
    }

    public async Task<IResult> ManyAsync(HttpContext http, long userId, string app, CancellationToken cancellation)
    {
        if (await RefusedAsync(userId, app, null, cancellation) is { } refused) return refused;
        var count = (int)Math.Clamp(Query.NumberOrZero(http, "count"), 0, MaxUrls);
        var keys = Enumerable.Range(0, count).Select(_ => NewKey(userId)).ToList();
        if (keys.Count > 0) await OpenAsync(keys, userId, urls.Hot.Name, null, http, cancellation);
        var origin = urls.OriginOf(http);
        return Answers.Ok(new ManyResponse([.. keys.Select(k => new UploadUrl(k, urls.Hot.PresignPut(k, null, ObjectUrls.Life, origin)))]));
    }

    public async Task<IResult> CheckedAsync(CheckedUpload upload, HttpContext http, long userId, string app, CancellationToken cancellation)
    {
        if (await RefusedAsync(userId, app, upload.ContentLength, cancellation) is { } refused) return refused;
        var key = NewKey(userId);
        await OpenAsync([key], userId, urls.Hot.Name, null, http, cancellation);
        return Answers.Ok(new UploadUrl(key, urls.Hot.PresignPut(key, upload.Binding, ObjectUrls.Life, urls.OriginOf(http))));
    }

    public async Task<IResult> MultipartAsync(HttpContext http, long userId, string app, CancellationToken cancellation)
    {
        if (await RefusedAsync(userId, app, null, cancellation) is { } refused) return refused;
        var parts = Enumerable.Repeat<ContentBinding?>(null, (int)Query.NumberOrZero(http, "count")).ToList();
        return Answers.Ok(new MultipartResponse(await StartAsync(urls.Hot, NewKey(userId), parts, http, userId, cancellation)));
    }

    public async Task<IResult> CheckedMultipartAsync(
        CheckedMultipartUpload upload, HttpContext http, long userId, string app, CancellationToken cancellation)
    {
        if (await RefusedAsync(userId, app, null, cancellation) is { } refused) return refused;
        var parts = upload.Bindings().Select(b => (ContentBinding?)b).ToList();
        return Answers.Ok(await StartAsync(urls.Hot, NewKey(userId), parts, http, userId, cancellation));
    }

    /// <summary>Starts an upload in parts and signs a URL for each.</summary>
    public async Task<MultipartUploadUrls> StartAsync(
        IObjectProvider provider, string key, IReadOnlyList<ContentBinding?> parts, HttpContext http, long ownerId,
        CancellationToken cancellation)
    {
        var id = await provider.StartMultipartAsync(key, cancellation);
        await OpenAsync([key], ownerId, provider.Name, id, http, cancellation);
        var origin = urls.OriginOf(http);
        return new MultipartUploadUrls(
            key, [.. parts.Select((binding, i) => provider.PresignPart(key, id, i + 1, binding, ObjectUrls.Life, origin))],
            provider.PresignComplete(key, id, ObjectUrls.Life, origin));
    }

    /// <summary>Opens slots, of an account's own or through a public link, and gives up the oldest where there are too many.</summary>
    public async Task OpenAsync(
        IReadOnlyList<string> keys, long ownerId, string provider, string? uploadId, HttpContext http, CancellationToken cancellation)
    {
        await slots.OpenAsync(keys, ownerId, provider, uploadId, clock.Now, cancellation);
        await bounds.OpenedAsync(keys, ownerId, http.Features.Get<AlbumVisit>()?.Link.Id, budget.OpenSlots, clock.Now, cancellation);
    }

    private static string NewKey(long userId) => $"{userId}/{Guid.NewGuid():D}";
}
