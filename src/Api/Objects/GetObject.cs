using System.Globalization;
using System.Net;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ente.Orleans.Api.Objects;

/// <summary>GET and HEAD of an object, whole or one range of it.</summary>
internal static class GetObject
{
    private const int ChunkSize = 64 * 1024;

    public static async Task AnswerAsync(HttpContext context, EmbeddedStore store, Capability capability)
    {
        using var stored = store.TryOpen(capability.Key) ?? throw new ObjectNotFoundException(capability.Key);
        var head = stored.Head;
        var response = context.Response;
        var headers = response.Headers;
        headers.ETag = head.ETag;
        headers.AcceptRanges = "bytes";
        headers.LastModified = head.LastModified.ToString("R", CultureInfo.InvariantCulture);

        var asked = context.Request.GetTypedHeaders();
        var etag = new EntityTagHeaderValue(head.ETag);
        if (asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(etag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (offset, length) = (0L, head.Size);
        // A range that continues another version of the object is answered with the whole of this one.
        if (asked.IfRange is not { } ifRange || (ifRange.EntityTag?.Compare(etag, useStrongComparison: true) ?? false))
        {
            switch (RequestedRange.Read(asked.Range, head.Size))
            {
                case RequestedRange.Part part:
                    (offset, length) = (part.Offset, part.Length);
                    response.StatusCode = StatusCodes.Status206PartialContent;
                    headers.ContentRange = $"bytes {offset}-{offset + length - 1}/{head.Size}";
                    break;
                case RequestedRange.Outside:
                    headers.ContentRange = $"bytes */{head.Size}";
                    await S3Error.WriteAsync(
                        context, HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange", "The range lies outside the object.");
                    return;
            }
        }

        if (capability.Overrides.Attachment)
            headers.ContentDisposition = "attachment";
        response.ContentType = capability.Overrides.ContentType ?? "application/octet-stream";
        response.ContentLength = length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await SendAsync(context, stored, offset, length);
    }

    /// <summary>
    /// From the page cache straight into the connection's own buffers: no stream, no buffer of ours, and one chunk in memory however
    /// large the object is.
    /// </summary>
    private static async Task SendAsync(HttpContext context, StoredObject stored, long offset, long length)
    {
        var writer = context.Response.BodyWriter;
        while (length > 0)
        {
            var room = writer.GetMemory(ChunkSize);
            var read = RandomAccess.Read(stored.File, room.Span[..(int)Math.Min(room.Length, length)], offset);
            if (read == 0)
                throw new InvalidDataException("A stored file ended early.");
            writer.Advance(read);
            offset += read;
            length -= read;
            var flushed = await writer.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted || flushed.IsCanceled)
                return;
        }
    }
}
