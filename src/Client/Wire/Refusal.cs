using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace Ente.Orleans.Client.Wire;

/// <summary>Reads what a refusal says: the server's JSON (01 §A5), a store's XML, or a proxy's plain text.</summary>
internal static class Refusal
{
    private const int BodyLimit = 64 << 10;
    private const int ReasonLimit = 300;

    /// <param name="response">An answer that is no success.</param>
    /// <param name="call">What was asked, without query.</param>
    /// <param name="cancellationToken">Ends reading the body.</param>
    public static async Task<EnteApiException> ReadAsync(HttpResponseMessage response, string call, CancellationToken cancellationToken)
    {
        string body;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var bytes = new byte[BodyLimit];
            body = Encoding.UTF8.GetString(bytes, 0, await stream.ReadAtLeastAsync(bytes, bytes.Length, false, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The status says enough without the body that broke off.
            body = "";
        }
        var (code, reason) = Parse(body.Trim(), response.Content.Headers.ContentType?.MediaType);
        return new EnteApiException(response.StatusCode, code, call, OneLine(reason), RetryAfter(response));
    }

    /// <summary>Code and message of a body; nulls for what it does not say.</summary>
    public static (string? Code, string? Reason) Parse(string body, string? mediaType)
    {
        if (body.Length == 0)
            return (null, null);
        if (body[0] == '{')
            return ParseJson(body);
        if (body[0] == '<' && !string.Equals(mediaType, "text/html", StringComparison.OrdinalIgnoreCase))
            return ParseXml(body);
        // A proxy's page is made for a browser; plain words are for whoever reads them.
        return body[0] == '<' ? (null, null) : (null, body);
    }

    private static (string? Code, string? Reason) ParseJson(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return (Text(document.RootElement, "code"), Text(document.RootElement, "message") ?? Text(document.RootElement, "error"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static (string? Code, string? Reason) ParseXml(string body)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XElement.Load(reader);
            return string.Equals(root.Name.LocalName, "Error", StringComparison.Ordinal)
                ? (Text(root, "Code"), Text(root, "Message"))
                : (null, null);
        }
        catch (XmlException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static string? Text(XElement root, string name) =>
        root.Elements().FirstOrDefault(e => string.Equals(e.Name.LocalName, name, StringComparison.Ordinal))?.Value is { Length: > 0 } text ? text : null;

    private static string? OneLine(string? text)
    {
        if (text is null)
            return null;
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > ReasonLimit ? line[..ReasonLimit] + " …" : line;
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
