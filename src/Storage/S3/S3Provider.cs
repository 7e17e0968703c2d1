using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Ente.Orleans.Storage.S3;

/// <summary>
/// A bucket of any provider that speaks S3. Bytes travel over plain HTTP requests with URLs that this class signs itself: the SDK
/// needs a stream that it can read twice, or chunked signatures that older servers refuse, while an unsigned body streams as it
/// is. Everything else goes through the SDK.
/// </summary>
public sealed class S3Provider : IObjectProvider, IDisposable
{
    /// <summary>Ours are used at once; an hour tolerates clocks that differ.</summary>
    private static readonly TimeSpan OwnUrlLife = TimeSpan.FromHours(1);

    private readonly S3Options _options;
    private readonly S3Limits _limits;
    private readonly TimeProvider _clock;
    private readonly S3Presigner _presigner;
    private readonly AmazonS3Client _client;
    private readonly HttpClient _http;

    public S3Provider(string name, S3Options options, TimeProvider? clock = null)
        : this(name, options, S3Limits.Standard, clock)
    {
    }

    internal S3Provider(string name, S3Options options, S3Limits limits, TimeProvider? clock = null)
    {
        Name = name;
        _options = options;
        _limits = limits;
        _clock = clock ?? TimeProvider.System;
        _presigner = new S3Presigner(options, _clock);
        _client = new AmazonS3Client(
            new BasicAWSCredentials(options.Key, options.Secret),
            new AmazonS3Config
            {
                ServiceURL = options.ServiceUri.AbsoluteUri,
                ForcePathStyle = options.PathStyle,
                AuthenticationRegion = options.SigningRegion,
                // The SDK's default checksums are refused by many servers that are not AWS.
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
                MaxErrorRetry = 2,
            });
        // Large objects take as long as they take; callers bound the time with their token.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public string Name { get; }

    public async Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await _client.GetObjectMetadataAsync(_options.Bucket, ObjectKey.Require(key), cancellationToken);
            var modified = new DateTimeOffset(DateTime.SpecifyKind(found.LastModified ?? default, DateTimeKind.Utc));
            return new ObjectHead(found.ContentLength, Quoted(found.ETag), Md5Of(found.ETag), Sha256: null, modified);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<Stream> OpenReadAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _presigner.Get(key, default, OwnUrlLife));
        if (range is { } wanted)
        {
            var last = wanted.Length is { } length ? wanted.Offset + length - 1 : (long?)null;
            request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(wanted.Offset, last);
        }

        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK when range is null:
            case HttpStatusCode.PartialContent:
                // Disposing the stream gives the connection back; a body that is cut short throws while it is read.
                return await response.Content.ReadAsStreamAsync(cancellationToken);
            default:
                using (response)
                {
                    throw response.StatusCode switch
                    {
                        HttpStatusCode.NotFound => new ObjectNotFoundException(key),
                        HttpStatusCode.RequestedRangeNotSatisfiable => new RangeNotSatisfiableException(key),
                        _ => await FailureAsync("GET", key, response, cancellationToken),
                    };
                }
        }
    }

    public async Task<ObjectHead> PutAsync(
        string key, Stream content, long length, byte[]? md5 = null, CancellationToken cancellationToken = default)
    {
        ObjectKey.Require(key);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        await using var hashing = new HashingStream(content, hash);
        if (length > _limits.MaxSinglePut)
            return await PutInPartsAsync(key, hashing, length, md5, cancellationToken);

        // With an MD5 the provider refuses a wrong body by itself. Without one, its ETag shows what it has received.
        var binding = md5 is { } expected ? new ContentBinding(length, Convert.ToBase64String(expected)) : (ContentBinding?)null;
        var etag = await SendBodyAsync(key, _presigner.Put(key, binding, OwnUrlLife), hashing, length, binding, cancellationToken);
        if (Md5Of(etag) is not { } stored)
            return await RequireStoredAsync(key, length, cancellationToken);
        if (stored.AsSpan().SequenceEqual(hashing.Finish()))
            return new ObjectHead(length, Quoted(etag), stored, Sha256: null, _clock.GetUtcNow());

        await DeleteAsync(key, CancellationToken.None);
        throw new ContentMismatchException(ContentMismatch.BadDigest);
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            await _client.DeleteObjectAsync(_options.Bucket, ObjectKey.Require(key), cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // Some servers answer 404 where S3 answers 204.
        }
    }

    public async Task<ObjectHead?> CopyAsync(string sourceKey, string targetKey, CancellationToken cancellationToken = default)
    {
        ObjectKey.Require(targetKey);
        if (await HeadAsync(sourceKey, cancellationToken) is not { } source)
            return null;

        if (source.Size > _limits.MaxSingleCopy)
        {
            await CopyInPartsAsync(sourceKey, targetKey, source, cancellationToken);
        }
        else
        {
            await _client.CopyObjectAsync(
                new CopyObjectRequest
                {
                    SourceBucket = _options.Bucket,
                    SourceKey = sourceKey,
                    DestinationBucket = _options.Bucket,
                    DestinationKey = targetKey,
                },
                cancellationToken);
        }

        return await RequireStoredAsync(targetKey, source.Size, cancellationToken);
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(
        string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = await _client.ListObjectsV2Async(request, cancellationToken);
            foreach (var item in page.S3Objects ?? [])
            {
                var modified = new DateTimeOffset((item.LastModified ?? default).ToUniversalTime());
                yield return new ObjectEntry(item.Key, item.Size ?? 0, modified);
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = _options.Bucket, MaxKeys = 1 }, cancellationToken);
            return new ProviderHealth(Name, Problem: null);
        }
        catch (AmazonS3Exception exception)
        {
            return new ProviderHealth(Name, $"{exception.ErrorCode}: {exception.Message}");
        }
        catch (Exception exception) when (exception is HttpRequestException or AmazonServiceException or AmazonClientException)
        {
            return new ProviderHealth(Name, exception.Message);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProviderHealth(Name, "No answer in time: " + exception.Message);
        }
    }

    public string PresignPut(string key, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        _presigner.Put(key, binding, life);

    public string PresignGet(string key, GetOverrides overrides, TimeSpan life, ObjectOrigin? origin) =>
        _presigner.Get(key, overrides, life);

    public string PresignPart(
        string key, string uploadId, int partNumber, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin) =>
        _presigner.Part(key, uploadId, partNumber, binding, life);

    public string PresignComplete(string key, string uploadId, TimeSpan life, ObjectOrigin? origin) =>
        _presigner.Complete(key, uploadId, life);

    public async Task<string> StartMultipartAsync(string key, CancellationToken cancellationToken = default)
    {
        var started = await _client.InitiateMultipartUploadAsync(_options.Bucket, ObjectKey.Require(key), cancellationToken);
        return started.UploadId;
    }

    public async Task AbortMultipartAsync(string key, string uploadId, CancellationToken cancellationToken = default)
    {
        try
        {
            await _client.AbortMultipartUploadAsync(_options.Bucket, ObjectKey.Require(key), uploadId, cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // Unknown, finished or aborted already.
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    private async Task<ObjectHead> PutInPartsAsync(
        string key, HashingStream content, long length, byte[]? md5, CancellationToken cancellationToken)
    {
        var uploadId = await StartMultipartAsync(key, cancellationToken);
        try
        {
            List<PartETag> parts = [];
            for (long offset = 0; offset < length; offset += _limits.PartSize)
            {
                var number = parts.Count + 1;
                var partLength = Math.Min(_limits.PartSize, length - offset);
                await using var part = new BoundedStream(content, partLength, leaveOpen: true);
                var url = _presigner.Part(key, uploadId, number, binding: null, OwnUrlLife);
                parts.Add(new PartETag(number, await SendBodyAsync(key, url, part, partLength, binding: null, cancellationToken)));
            }

            if (await content.ReadAsync(new byte[1], cancellationToken) > 0)
                throw new ContentMismatchException(ContentMismatch.EntityTooLarge);
            if (md5 is { } expected && !expected.AsSpan().SequenceEqual(content.Finish()))
                throw new ContentMismatchException(ContentMismatch.BadDigest);
            await CompleteAsync(key, uploadId, parts, cancellationToken);
        }
        catch
        {
            await AbortMultipartAsync(key, uploadId, CancellationToken.None);
            throw;
        }

        return await RequireStoredAsync(key, length, cancellationToken);
    }

    private async Task CopyInPartsAsync(string sourceKey, string targetKey, ObjectHead source, CancellationToken cancellationToken)
    {
        var uploadId = await StartMultipartAsync(targetKey, cancellationToken);
        try
        {
            List<PartETag> parts = [];
            for (long offset = 0; offset < source.Size; offset += _limits.PartSize)
            {
                var copied = await _client.CopyPartAsync(
                    new CopyPartRequest
                    {
                        SourceBucket = _options.Bucket,
                        SourceKey = sourceKey,
                        DestinationBucket = _options.Bucket,
                        DestinationKey = targetKey,
                        UploadId = uploadId,
                        PartNumber = parts.Count + 1,
                        FirstByte = offset,
                        LastByte = Math.Min(offset + _limits.PartSize, source.Size) - 1,
                    },
                    cancellationToken);
                parts.Add(new PartETag(parts.Count + 1, copied.ETag));
            }

            // A source that was replaced half-way must not yield a mixture. (Copying on condition of the ETag would say the same,
            // but Swift compares another ETag than the one it shows for objects made of parts.)
            if ((await HeadAsync(sourceKey, cancellationToken))?.ETag != source.ETag)
                throw new HttpRequestException($"'{sourceKey}' changed at provider '{Name}' while it was copied.");
            await CompleteAsync(targetKey, uploadId, parts, cancellationToken);
        }
        catch
        {
            await AbortMultipartAsync(targetKey, uploadId, CancellationToken.None);
            throw;
        }
    }

    private Task CompleteAsync(string key, string uploadId, List<PartETag> parts, CancellationToken cancellationToken) =>
        _client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = key, UploadId = uploadId, PartETags = parts },
            cancellationToken);

    /// <summary>Sends one body and answers the ETag.</summary>
    private async Task<string> SendBodyAsync(
        string key, string url, Stream content, long length, ContentBinding? binding, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url)
        {
            Content = new ExactContent(content, length),
        };
        if (binding is { } bound)
            request.Content.Headers.ContentMD5 = Convert.FromBase64String(bound.Md5Base64);

        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is ContentMismatchException mismatch)
        {
            throw new ContentMismatchException(mismatch.Kind, exception);
        }

        using (response)
        {
            if (!response.IsSuccessStatusCode)
                throw await FailureAsync("PUT", key, response, cancellationToken);
            return response.Headers.ETag?.Tag ?? "";
        }
    }

    private async Task<ObjectHead> RequireStoredAsync(string key, long length, CancellationToken cancellationToken)
    {
        var head = await HeadAsync(key, cancellationToken);
        return head?.Size == length
            ? head
            : throw new HttpRequestException($"Provider '{Name}' acknowledged '{key}', but holds {head?.Size ?? 0} of {length} bytes.");
    }

    /// <summary>The exception for an answer that is no success; S3 says in XML what is wrong.</summary>
    private async Task<Exception> FailureAsync(
        string method, string key, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (body.Contains("<Code>BadDigest</Code>", StringComparison.Ordinal))
            return new ContentMismatchException(ContentMismatch.BadDigest);
        if (response.StatusCode == HttpStatusCode.InsufficientStorage
            || body.Contains("<Code>QuotaExceeded</Code>", StringComparison.Ordinal))
        {
            return new StorageFullException($"Provider '{Name}' is full.");
        }

        var excerpt = body[..Math.Min(body.Length, 500)];
        return new HttpRequestException(
            $"Provider '{Name}' answered {method} '{key}' with {(int)response.StatusCode}: {excerpt}", inner: null, response.StatusCode);
    }

    private static string Quoted(string etag) => etag.StartsWith('"') ? etag : $"\"{etag}\"";

    /// <summary>The MD5 in an ETag, where it is one. Buckets that encrypt with their provider's keys may show something else.</summary>
    private static byte[]? Md5Of(string etag)
    {
        var bare = ETagText(etag);
        return bare.Length == 2 * MD5.HashSizeInBytes && bare.All(char.IsAsciiHexDigit) ? Convert.FromHexString(bare) : null;
    }

    private static string ETagText(string etag) => etag.Trim('"').ToLower(CultureInfo.InvariantCulture);
}
