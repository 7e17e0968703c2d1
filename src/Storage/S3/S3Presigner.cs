using System.Globalization;

namespace Ente.Orleans.Storage.S3;

/// <summary>The kinds of URL of contract 03 §4.2 for one bucket.</summary>
internal sealed class S3Presigner
{
    private static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    private readonly S3Options _options;
    private readonly string _bucketUri;
    private readonly TimeProvider _clock;

    public S3Presigner(S3Options options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        var service = options.ServiceUri;
        _bucketUri = options.PathStyle
            ? $"{service.Scheme}://{service.Authority}/{options.Bucket}/"
            : $"{service.Scheme}://{options.Bucket}.{service.Authority}/";
    }

    public string Put(string key, ContentBinding? binding, TimeSpan life) =>
        Presign("PUT", key, [], Bound(binding), life);

    public string Part(string key, string uploadId, int partNumber, ContentBinding? binding, TimeSpan life) =>
        Presign(
            "PUT",
            key,
            [new("partNumber", partNumber.ToString(CultureInfo.InvariantCulture)), new("uploadId", uploadId)],
            Bound(binding),
            life);

    public string Complete(string key, string uploadId, TimeSpan life) =>
        Presign("POST", key, [new("uploadId", uploadId)], [], life);

    public string Get(string key, GetOverrides overrides, TimeSpan life)
    {
        List<KeyValuePair<string, string>> query = [];
        if (overrides.Attachment)
            query.Add(new("response-content-disposition", "attachment"));
        if (overrides.ContentType is not null)
            query.Add(new("response-content-type", overrides.ContentType));
        return Presign("GET", key, query, [], life);
    }

    // No Content-Type and no checksum header is ever signed: clients send differing ones or none.
    private static KeyValuePair<string, string>[] Bound(ContentBinding? binding) => binding is { } bound
        ? [new("content-length", bound.Length.ToString(CultureInfo.InvariantCulture)), new("content-md5", bound.Md5Base64)]
        : [];

    private string Presign(
        string method,
        string key,
        IEnumerable<KeyValuePair<string, string>> query,
        IReadOnlyCollection<KeyValuePair<string, string>> headers,
        TimeSpan life)
    {
        ObjectKey.Require(key);
        if (life <= TimeSpan.Zero || life > MaxLife)
            throw new ArgumentOutOfRangeException(nameof(life), life, "More than 0 and at most 7 days.");

        return SigV4.Presign(
            method,
            new Uri(_bucketUri + key),
            query,
            headers,
            (_options.Key, _options.Secret),
            _options.SigningRegion,
            _clock.GetUtcNow(),
            life);
    }
}
