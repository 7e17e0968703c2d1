using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Ente.Orleans.Client.Tests;

/// <summary>
/// An object store on its own origin, as strict as S3 about what a presigned URL is bound to, and able to fail on demand. It
/// refuses any request that carries a token of the API.
/// </summary>
internal sealed partial class ObjectStoreDouble
{
    public const string Origin = "http://store.test";

    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> _parts = new(StringComparer.Ordinal);

    /// <summary>Every request so far, as <c>METHOD path-and-query</c>.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Answers instead of the store when it gives a response; called under the lock, in order of arrival.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Fault { get; set; }

    /// <summary>Gives a body other than the stored one.</summary>
    public Func<byte[], Stream>? Corrupt { get; set; }

    public bool IgnoresRanges { get; set; }

    public IEnumerable<string> Keys => _objects.Keys;

    public byte[] Read(string key) => _objects[key];

    public bool Has(string key) => _objects.ContainsKey(key);

    public void Overwrite(string key, byte[] content) => _objects[key] = content;

    public async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync();
        lock (_objects)
        {
            Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
            if (request.Headers.Any(h => h.Key.StartsWith("X-Auth", StringComparison.OrdinalIgnoreCase)))
                throw new InvalidOperationException($"A token was sent to the store: {request}");
            if (Fault?.Invoke(request) is { } fault)
                return fault;
            return Answer(request, body);
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, byte[] body)
    {
        var key = request.RequestUri!.AbsolutePath.TrimStart('/');
        var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri.Query);
        if (request.Method == HttpMethod.Get)
            return Get(request, key);
        if (request.Method == HttpMethod.Put)
            return Put(request, key, query["length"], query["md5"], query["part"], body);
        if (request.Method == HttpMethod.Post)
            return Complete(key, System.Text.Encoding.UTF8.GetString(body));
        return new HttpResponseMessage(HttpStatusCode.MethodNotAllowed);
    }

    private HttpResponseMessage Get(HttpRequestMessage request, string key)
    {
        if (!_objects.TryGetValue(key, out var content))
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        var from = request.Headers.Range is { } range && !IgnoresRanges ? (int)range.Ranges.First().From!.Value : 0;
        var sent = content[from..];
        return new HttpResponseMessage(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new StreamContent(Corrupt?.Invoke(sent) ?? new MemoryStream(sent)),
        };
    }

    private HttpResponseMessage Put(HttpRequestMessage request, string key, string? length, string? md5, string? part, byte[] body)
    {
        var sentMd5 = request.Content!.Headers.TryGetValues("Content-MD5", out var values) ? values.Single() : null;
        if (!string.Equals(sentMd5, md5, StringComparison.Ordinal) || body.Length != long.Parse(length!))
            return new HttpResponseMessage(HttpStatusCode.Forbidden);
        var digest = MD5.HashData(body);
        if (!string.Equals(Convert.ToBase64String(digest), md5, StringComparison.Ordinal))
            return new HttpResponseMessage(HttpStatusCode.BadRequest);
        if (part is null)
        {
            _objects[key] = body;
        }
        else
        {
            if (!_parts.TryGetValue(key, out var parts))
                _parts[key] = parts = [];
            parts[int.Parse(part)] = body;
        }
        var response = new HttpResponseMessage(HttpStatusCode.OK);
        response.Headers.TryAddWithoutValidation("ETag", $"\"{Convert.ToHexStringLower(digest)}\"");
        return response;
    }

    private HttpResponseMessage Complete(string key, string xml)
    {
        if (!_parts.Remove(key, out var parts))
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        var named = Part().Matches(xml).Select(m => (Number: int.Parse(m.Groups["n"].Value), Tag: WebUtility.HtmlDecode(m.Groups["t"].Value))).ToList();
        var right = parts.Select(p => (Number: p.Key, Tag: $"\"{Convert.ToHexStringLower(MD5.HashData(p.Value))}\""));
        if (!named.SequenceEqual(right))
        {
            _parts[key] = parts;
            return new HttpResponseMessage(HttpStatusCode.BadRequest);
        }
        _objects[key] = [.. parts.Values.SelectMany(p => p)];
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<CompleteMultipartUploadResult/>") };
    }

    [GeneratedRegex("<Part><PartNumber>(?<n>[0-9]+)</PartNumber><ETag>(?<t>[^<]*)</ETag></Part>", RegexOptions.ExplicitCapture)]
    private static partial Regex Part();
}
