using System.Net;
using System.Security;
using System.Xml;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Microsoft.AspNetCore.Http;

namespace Ente.Orleans.Api.Objects;

/// <summary>
/// POST that completes an upload in parts. Web clients write the list in one line with the ETags as received, mobile ones indent
/// it and drop the ETags' quotes (contract 03 §4.4); both are accepted.
/// </summary>
internal static class CompleteUpload
{
    /// <summary>10,000 indented parts take about 1.2 MB.</summary>
    private const int MaxListBytes = 4 << 20;

    private static readonly XmlReaderSettings PlainXml = new()
    {
        Async = false,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreWhitespace = true,
        IgnoreComments = true,
    };

    public static async Task AnswerAsync(HttpContext context, EmbeddedStore store, IUploadGate gate, string key, string uploadId)
    {
        if (await ReadListAsync(context) is not { } parts)
        {
            await S3Error.WriteAsync(context, HttpStatusCode.BadRequest, "MalformedXML", "The list of parts cannot be read.");
            return;
        }

        // Joining many gigabytes may outlast a client's patience. It goes on then, and the client's next attempt finds it done.
        var etag = await store.CompleteMultipartAsync(key, uploadId, parts, gate, CancellationToken.None);

        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + $"<Key>{key}</Key><ETag>{SecurityElement.Escape(etag)}</ETag></CompleteMultipartUploadResult>";
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = text.Length;
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static async Task<IReadOnlyList<CompletedPart>?> ReadListAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxListBytes)
            return null;

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > MaxListBytes)
                return null;
            body.Write(buffer, 0, read);
        }

        body.Position = 0;
        try
        {
            return ReadList(body);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static List<CompletedPart>? ReadList(Stream xml)
    {
        using var reader = XmlReader.Create(xml, PlainXml);
        if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "CompleteMultipartUpload")
            return null;

        List<CompletedPart> parts = [];
        (int? Number, string? ETag) part = default;
        reader.Read();
        while (!reader.EOF)
        {
            switch (reader.NodeType, reader.LocalName)
            {
                case (XmlNodeType.Element, "PartNumber"):
                    // Reading the text moves on by itself.
                    if (!int.TryParse(reader.ReadElementContentAsString().Trim(), out var number))
                        return null;
                    part.Number = number;
                    continue;
                case (XmlNodeType.Element, "ETag"):
                    part.ETag = reader.ReadElementContentAsString();
                    continue;
                case (XmlNodeType.EndElement, "Part"):
                    if (part is not { Number: { } complete, ETag: { } etag })
                        return null;
                    parts.Add(new CompletedPart(complete, etag));
                    part = default;
                    break;
            }

            reader.Read();
        }

        return parts;
    }
}
