using System.Net;
using System.Security.Cryptography;
using Xunit;

namespace Ente.Orleans.Api.Tests.BadInput;

/// <summary>Upload and download URLs used as they were not meant to be.</summary>
public sealed class UploadAbuseTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(5000);

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_put_replayed_after_a_file_has_claimed_the_object_changes_nothing()
    {
        var user = await _server.SignUpAsync();
        var (key, url) = await UploadUrlAsync(user, _content);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(url, _content, Md5(_content)));
        var fileId = await CreateFileAsync(user, key);

        // The same bytes: a lost answer may be asked for again. Others: never.
        await PutAsync(url, _content, Md5(_content));
        var other = RandomNumberGenerator.GetBytes(_content.Length);
        Assert.InRange((int)await PutAsync(url, other, Md5(other)), 400, 499);
        Assert.InRange((int)await PutAsync(url, other, Md5(_content)), 400, 499);
        Assert.Equal(_content, await DownloadAsync(user, fileId));
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Altered_and_expired_urls_and_wrong_bytes_are_refused_and_leave_nothing()
    {
        var user = await _server.SignUpAsync();
        var (key, url) = await UploadUrlAsync(user, _content);
        var (otherKey, _) = await UploadUrlAsync(user, _content);
        var query = new Uri(url).Query;
        // Every character of the query once another: nothing of it is without effect.
        for (var i = 1; i < query.Length; i++)
        {
            var altered = url.Replace(query, query[..i] + (query[i] == 'A' ? 'B' : 'A') + query[(i + 1)..], StringComparison.Ordinal);
            Assert.InRange((int)await PutAsync(altered, _content, Md5(_content)), 400, 499);
        }
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(url.Replace(key, otherKey, StringComparison.Ordinal), _content, Md5(_content)));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(url.Split('?')[0], _content, Md5(_content)));
        Assert.Equal(HttpStatusCode.Forbidden, await _server.StatusAsync(HttpMethod.Get, url));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, _content, null));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, _content, "nonsense"));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, _content[..^1], Md5(_content[..^1])));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, _content[..^1], Md5(_content)));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, [.. _content, 1], Md5(_content)));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(url, RandomNumberGenerator.GetBytes(_content.Length), Md5(_content)));
        _server.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(url, _content, Md5(_content)));
        Assert.NotEqual(HttpStatusCode.OK, (await ClaimAsync(user, key, await ThumbnailAsync(user))).Status);
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Objects_that_are_missing_claimed_or_of_somebody_else_become_no_file()
    {
        var (user, stranger) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var (key, url) = await UploadUrlAsync(user, _content);
        await PutAsync(url, _content, Md5(_content));

        // Somebody else's upload, into an own album; an own upload into somebody else's album.
        Assert.InRange((int)(await ClaimAsync(stranger, key, await ThumbnailAsync(stranger))).Status, 400, 499);
        Assert.InRange((int)(await ClaimAsync(user with { AlbumId = stranger.AlbumId }, key, await ThumbnailAsync(user))).Status, 400, 499);
        // Never uploaded; one object for both; keys that are none.
        Assert.InRange((int)(await ClaimAsync(user, $"{user.Id}/{Guid.NewGuid():D}", await ThumbnailAsync(user))).Status, 400, 503);
        Assert.Equal(HttpStatusCode.BadRequest, (await ClaimAsync(user, key, key)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await ClaimAsync(user, $"{user.Id}/../{stranger.Id}/{Guid.NewGuid():D}", key)).Status);
        // Claimed by a file: not by a second one, and the first stays.
        var fileId = await CreateFileAsync(user, key);
        var again = await ClaimAsync(user, key, await ThumbnailAsync(user));
        Assert.True(again.Status is HttpStatusCode.OK ? again.FileId == fileId : (int)again.Status is >= 400 and < 500, $"{again}");
        Assert.Equal(_content, await DownloadAsync(user, fileId));
        Assert.NotEqual(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Get, $"/files/download/{fileId}", token: stranger.Token));
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Parts_that_do_not_fit_complete_no_object()
    {
        var user = await _server.SignUpAsync();
        byte[][] parts = [RandomNumberGenerator.GetBytes(5 << 20), RandomNumberGenerator.GetBytes(1000)];
        var urls = await _server.JsonAsync(
            HttpMethod.Post, "/files/multipart-upload-url",
            new { contentLength = parts.Sum(p => p.Length), partLength = 5 << 20, partMd5s = parts.Select(Md5) }, user.Token);
        var partUrls = urls.GetProperty("partURLs").EnumerateArray().Select(u => u.GetString()!).ToList();
        var complete = urls.GetProperty("completeURL").GetString()!;

        Assert.InRange((int)await CompleteAsync(complete, ["\"a\"", "\"b\""]), 400, 499);
        // Each URL takes its own part only.
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(partUrls[1], parts[0], Md5(parts[0])));
        var etags = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            using var answer = await SendPutAsync(partUrls[i], parts[i], Md5(parts[i]));
            etags.Add(answer.Headers.ETag!.Tag);
        }
        Assert.Equal(HttpStatusCode.BadRequest, await CompleteAsync(complete, [etags[1], etags[0]]));
        Assert.Equal(HttpStatusCode.BadRequest, await CompleteAsync(complete, [etags[0], etags[1], etags[1]]));
        Assert.Equal(HttpStatusCode.Forbidden, await CompleteAsync(complete[..^2] + "xx", etags));
        Assert.Equal(HttpStatusCode.OK, await CompleteAsync(complete, etags));
        var fileId = await CreateFileAsync(user, urls.GetProperty("objectKey").GetString()!);
        // Joined for good: neither the parts nor the list can change it.
        Assert.InRange((int)await PutAsync(partUrls[0], parts[0], Md5(parts[0])), 400, 499);
        Assert.Equal(parts.SelectMany(p => p), await DownloadAsync(user, fileId));
        Assert.Empty(_server.Errors);
    }

    private static string Md5(byte[] content) => Convert.ToBase64String(MD5.HashData(content));

    private async Task<(string Key, string Url)> UploadUrlAsync(ApiUser user, byte[] content)
    {
        var answer = await _server.JsonAsync(
            HttpMethod.Post, "/files/upload-url", new { contentLength = content.Length, contentMD5 = Md5(content) }, user.Token);
        return (answer.GetProperty("objectKey").GetString()!, answer.GetProperty("url").GetString()!);
    }

    private async Task<string> ThumbnailAsync(ApiUser user)
    {
        var (key, url) = await UploadUrlAsync(user, [1, 2, 3]);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(url, [1, 2, 3], Md5([1, 2, 3])));
        return key;
    }

    private async Task<HttpStatusCode> PutAsync(string url, byte[] content, string? md5)
    {
        using var answer = await SendPutAsync(url, content, md5);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendPutAsync(string url, byte[] content, string? md5)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(content) };
        if (md5 is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-MD5", md5);
        return await _server.Http.SendAsync(request);
    }

    private async Task<HttpStatusCode> CompleteAsync(string url, IReadOnlyList<string> etags)
    {
        var list = string.Concat(etags.Select((e, i) => $"<Part><PartNumber>{i + 1}</PartNumber><ETag>{e}</ETag></Part>"));
        using var content = new StringContent($"<CompleteMultipartUpload>{list}</CompleteMultipartUpload>", null, "text/xml");
        using var answer = await _server.Http.PostAsync(url, content);
        return answer.StatusCode;
    }

    private async Task<(HttpStatusCode Status, long FileId)> ClaimAsync(ApiUser user, string key, string thumbnail)
    {
        using var answer = await _server.SendAsync(
            HttpMethod.Post, "/files",
            new
            {
                collectionID = user.AlbumId,
                encryptedKey = ApiServer.Base64(48),
                keyDecryptionNonce = ApiServer.Base64(24),
                file = new { objectKey = key, decryptionHeader = ApiServer.Base64(24) },
                thumbnail = new { objectKey = thumbnail, decryptionHeader = ApiServer.Base64(24) },
                metadata = new { encryptedData = ApiServer.Base64(100), decryptionHeader = ApiServer.Base64(24) },
            },
            user.Token);
        if (answer.StatusCode != HttpStatusCode.OK)
            return (answer.StatusCode, 0);
        using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, json.RootElement.GetProperty("id").GetInt64());
    }

    private async Task<long> CreateFileAsync(ApiUser user, string key)
    {
        var (status, id) = await ClaimAsync(user, key, await ThumbnailAsync(user));
        Assert.Equal(HttpStatusCode.OK, status);
        return id;
    }

    private async Task<byte[]> DownloadAsync(ApiUser user, long fileId)
    {
        using var redirect = await _server.SendAsync(HttpMethod.Get, $"/files/download/{fileId}", null, user.Token);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        return await _server.Http.GetByteArrayAsync(redirect.Headers.Location);
    }
}
