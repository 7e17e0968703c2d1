using System.Net;
using System.Security.Cryptography;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Microsoft.AspNetCore.Http;

namespace Ente.Orleans.Api.Objects;

/// <summary>PUT of an object or of one part of an upload. The body streams to disk and is checked on its way.</summary>
internal static class PutObject
{
    private const long GiB = 1L << 30;

    /// <summary>The largest object (contract 03 §6.3), and the largest part (§6.5), for URLs that are not bound to a length.</summary>
    private const long MaxObject = 10 * GiB;
    private const long MaxPart = 5 * GiB;

    public static async Task AnswerAsync(HttpContext context, EmbeddedStore store, IUploadGate gate, Capability capability)
    {
        var request = context.Request;
        if (request.ContentLength is not { } length)
        {
            await S3Error.WriteAsync(
                context, HttpStatusCode.LengthRequired, "MissingContentLength", "The request must carry its Content-Length.");
            return;
        }

        var md5 = ReadMd5(request.Headers.ContentMD5, out var isMd5);
        if (!isMd5 || (capability.Md5 is not null && md5 is null))
        {
            await S3Error.WriteAsync(
                context, HttpStatusCode.BadRequest, "InvalidDigest", "Content-MD5 is missing or is not the base64 of 16 bytes.");
            return;
        }

        if (capability.Md5 is { } announced && !announced.AsSpan().SequenceEqual(md5))
            throw new ContentMismatchException(ContentMismatch.BadDigest);
        if (length > (capability.Length ?? (capability.UploadId is null ? MaxObject : MaxPart)))
            throw new ContentMismatchException(ContentMismatch.EntityTooLarge);
        if (length < capability.Length)
            throw new ContentMismatchException(ContentMismatch.IncompleteBody);

        // Not there where the store is served alone.
        var unclaimed = context.RequestServices.GetService<UnclaimedUploads>();
        await using var body = unclaimed?.Receive(capability.Key, request.Body, context.RequestAborted) ?? request.Body;
        var head = capability is { UploadId: { } uploadId, PartNumber: { } partNumber }
            ? await store.ReceivePartAsync(
                capability.Key, uploadId, partNumber, body, length, md5, gate, context.RequestAborted)
            : await store.ReceiveAsync(capability.Key, body, length, md5, gate, context.RequestAborted);
        if (unclaimed is not null)
        {
            var stored = capability.UploadId is { } upload ? store.StoredBytesOf(upload) : length;
            await unclaimed.StoredAsync(capability.Key, stored, CancellationToken.None);
        }

        context.Response.Headers.ETag = head.ETag;
        context.Response.ContentLength = 0;
    }

    private static byte[]? ReadMd5(string? header, out bool valid)
    {
        if (header is null)
        {
            valid = true;
            return null;
        }

        var bytes = new byte[MD5.HashSizeInBytes];
        valid = header.Length == 24 && Convert.TryFromBase64String(header, bytes, out var written) && written == bytes.Length;
        return valid ? bytes : null;
    }
}
