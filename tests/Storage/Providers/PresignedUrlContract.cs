using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Ente.Orleans.Storage.Tests.Providers;

/// <summary>
/// What clients do with the URLs of any provider (contract 03 §4.2, §4.4; 09 §6.2): the same requests against the embedded store
/// behind its endpoints and against real S3 servers.
/// </summary>
public abstract class PresignedUrlContract
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    protected abstract IObjectProvider Provider { get; }

    protected abstract HttpClient Http { get; }

    protected abstract ObjectOrigin? Origin { get; }

    /// <summary>The smallest part that is not the last.</summary>
    protected virtual int MinPart => 5 << 20;

    private static string NewKey() => $"1580559962386438/{Guid.NewGuid()}";

    [ProviderFact]
    public async Task A_bound_put_stores_what_was_announced()
    {
        var key = NewKey();
        var content = RandomNumberGenerator.GetBytes(1_000_000);
        using var answer = await PutAsync(Provider.PresignPut(key, Binding(content), Life, Origin), content, MD5.HashData(content));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"", answer.Headers.ETag!.Tag);
        Assert.Equal(content, await StoredAsync(key));
    }

    [ProviderFact]
    public async Task A_bound_put_refuses_other_bytes_another_length_and_a_missing_md5()
    {
        var key = NewKey();
        var content = RandomNumberGenerator.GetBytes(1000);
        var url = Provider.PresignPut(key, Binding(content), Life, Origin);

        byte[] altered = [.. content];
        altered[500] ^= 1;
        using var badDigest = await PutAsync(url, altered, MD5.HashData(content));
        Assert.Equal(HttpStatusCode.BadRequest, badDigest.StatusCode);
        Assert.Contains("<Code>BadDigest</Code>", await badDigest.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // The client's own MD5 of other bytes is not the one that was announced.
        await RefusedAsync(await PutAsync(url, altered, MD5.HashData(altered)));
        await RefusedAsync(await PutAsync(url, content, md5: null));
        await RefusedAsync(await PutAsync(url, [.. content, 0], MD5.HashData(content)));
        await RefusedAsync(await PutAsync(url, content[..^1], MD5.HashData(content)));
        Assert.Null(await Provider.HeadAsync(key));
    }

    [ProviderFact]
    public async Task An_unbound_put_takes_any_body_and_checks_an_md5_that_is_given()
    {
        var key = NewKey();
        var url = Provider.PresignPut(key, binding: null, Life, Origin);
        using var stored = await PutAsync(url, [1, 2, 3], md5: null);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        using var badDigest = await PutAsync(url, [4, 5, 6], MD5.HashData([9]));
        Assert.Equal(HttpStatusCode.BadRequest, badDigest.StatusCode);
        Assert.Equal([1, 2, 3], await StoredAsync(key));
    }

    [ProviderFact]
    public async Task A_get_answers_the_bytes_with_the_headers_that_the_url_asks_for()
    {
        var (key, content) = await StoreAsync(200_000);
        using var answer = await Http.GetAsync(Provider.PresignGet(key, GetOverrides.File, Life, Origin));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(content.Length, answer.Content.Headers.ContentLength);
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
    }

    [ProviderTheory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=100-199", 100, 100)]
    [InlineData("bytes=199999-", 199_999, 1)]
    [InlineData("bytes=-10", 199_990, 10)]
    [InlineData("bytes=199990-900000", 199_990, 10)]
    public async Task A_ranged_get_answers_that_part(string range, int offset, int length)
    {
        var (key, content) = await StoreAsync(200_000);
        using var request = new HttpRequestMessage(HttpMethod.Get, Provider.PresignGet(key, GetOverrides.Preview, Life, Origin));
        request.Headers.Range = RangeHeaderValue.Parse(range);
        using var answer = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/200000", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(content[offset..(offset + length)], await answer.Content.ReadAsByteArrayAsync());
    }

    [ProviderFact]
    public async Task A_range_past_the_end_is_416_and_a_missing_object_404()
    {
        var (key, _) = await StoreAsync(1000);
        using var request = new HttpRequestMessage(HttpMethod.Get, Provider.PresignGet(key, GetOverrides.Preview, Life, Origin));
        request.Headers.Range = RangeHeaderValue.Parse("bytes=1000-");
        using var outside = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, outside.StatusCode);

        using var missing = await Http.GetAsync(Provider.PresignGet(NewKey(), GetOverrides.File, Life, Origin));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("<Code>NoSuchKey</Code>", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [ProviderFact]
    public async Task A_url_works_for_its_key_and_method_only()
    {
        var (key, content) = await StoreAsync(1000);
        var get = Provider.PresignGet(key, GetOverrides.File, Life, Origin);
        await RefusedAsync(await Http.GetAsync(get.Replace(key, NewKey(), StringComparison.Ordinal)));
        await RefusedAsync(await PutAsync(get, content, md5: null));
        await RefusedAsync(await Http.GetAsync(Provider.PresignPut(key, binding: null, Life, Origin)));
        await RefusedAsync(await Http.DeleteAsync(get));
    }

    [ProviderFact]
    public async Task An_altered_url_is_refused()
    {
        var (key, _) = await StoreAsync(1000);
        var url = Provider.PresignGet(key, GetOverrides.File, Life, Origin);
        var query = url.IndexOf('?', StringComparison.Ordinal) + 1;
        var random = new Random(3);
        for (var i = 0; i < 12; i++)
        {
            var at = random.Next(query, url.Length);
            var other = url[at] == '1' ? '2' : '1';
            using var answer = await Http.GetAsync(string.Concat(url.AsSpan(0, at), [other], url.AsSpan(at + 1)));
            Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, $"{answer.StatusCode} at {at}");
        }
    }

    [ProviderTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_in_parts_becomes_one_object(bool web)
    {
        var key = NewKey();
        var upload = await Provider.StartMultipartAsync(key);
        byte[][] parts = [RandomNumberGenerator.GetBytes(MinPart), RandomNumberGenerator.GetBytes(MinPart), [7, 8, 9]];
        var etags = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            var url = Provider.PresignPart(key, upload, i + 1, Binding(parts[i]), Life, Origin);
            using var answer = await PutAsync(url, parts[i], MD5.HashData(parts[i]));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            etags.Add(answer.Headers.ETag!.Tag);
        }

        var list = web ? WebList(etags) : MobileList(etags);
        var complete = Provider.PresignComplete(key, upload, Life, Origin);
        using var completed = await PostAsync(complete, list);
        Assert.Equal(HttpStatusCode.OK, completed.StatusCode);
        Assert.Contains("-3", await completed.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // The answer was lost and the client asks again.
        using var again = await PostAsync(complete, list);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        Assert.Equal(parts.SelectMany(part => part).ToArray(), await StoredAsync(key));
        var head = await Provider.HeadAsync(key);
        Assert.EndsWith("-3\"", head!.ETag, StringComparison.Ordinal);
        Assert.Null(head.Md5);
    }

    [ProviderFact]
    public async Task A_part_is_bound_like_an_object()
    {
        var key = NewKey();
        var upload = await Provider.StartMultipartAsync(key);
        var content = RandomNumberGenerator.GetBytes(1000);
        var url = Provider.PresignPart(key, upload, 1, Binding(content), Life, Origin);
        byte[] altered = [.. content];
        altered[0] ^= 1;
        using var badDigest = await PutAsync(url, altered, MD5.HashData(content));
        Assert.Equal(HttpStatusCode.BadRequest, badDigest.StatusCode);
        await RefusedAsync(await PutAsync(url, altered, MD5.HashData(altered)));
        await RefusedAsync(await PutAsync(url.Replace(upload, new string('0', upload.Length), StringComparison.Ordinal), content, MD5.HashData(content)));
    }

    [ProviderFact]
    public async Task A_completion_with_a_wrong_or_missing_part_is_refused()
    {
        var key = NewKey();
        var upload = await Provider.StartMultipartAsync(key);
        using var part = await PutAsync(Provider.PresignPart(key, upload, 1, binding: null, Life, Origin), [1, 2, 3], md5: null);
        var etag = part.Headers.ETag!.Tag;
        var complete = Provider.PresignComplete(key, upload, Life, Origin);

        foreach (var wrong in (string[])[WebList([etag, etag]), WebList(["\"d41d8cd98f00b204e9800998ecf8427e\""])])
        {
            using var refused = await PostAsync(complete, wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("<Code>InvalidPart</Code>", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Null(await Provider.HeadAsync(key));
        using var right = await PostAsync(complete, WebList([etag]));
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [ProviderFact]
    public async Task An_aborted_upload_is_unknown()
    {
        var key = NewKey();
        var upload = await Provider.StartMultipartAsync(key);
        await Provider.AbortMultipartAsync(key, upload);
        using var part = await PutAsync(Provider.PresignPart(key, upload, 1, binding: null, Life, Origin), [1], md5: null);
        Assert.Equal(HttpStatusCode.NotFound, part.StatusCode);
        Assert.Contains("<Code>NoSuchUpload</Code>", await part.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var complete = await PostAsync(Provider.PresignComplete(key, upload, Life, Origin), WebList(["\"d41d8cd98f00b204e9800998ecf8427e\""]));
        Assert.Equal(HttpStatusCode.NotFound, complete.StatusCode);
    }

    private async Task<(string Key, byte[] Content)> StoreAsync(int size)
    {
        var key = NewKey();
        var content = RandomNumberGenerator.GetBytes(size);
        await Provider.PutAsync(key, new MemoryStream(content), size, MD5.HashData(content));
        return (key, content);
    }

    private async Task<byte[]> StoredAsync(string key)
    {
        await using var stream = await Provider.OpenReadAsync(key);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    /// <summary>As clients do: no Content-Type, and headers that no URL was signed with.</summary>
    private async Task<HttpResponseMessage> PutAsync(string url, byte[] body, byte[]? md5)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Client-Package", "io.ente.photos.web");
        request.Headers.Add("Origin", "https://photos.example.org");
        request.Content.Headers.ContentMD5 = md5;
        return await Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> PostAsync(string url, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "text/xml") };
        request.Headers.Add("X-Client-Package", "io.ente.photos.web");
        request.Headers.Add("Origin", "https://photos.example.org");
        var answer = await Http.SendAsync(request);
        // Browsers hide an answer without this header, and clients then repeat the completion (contract 09 §1.5).
        Assert.True(answer.Headers.Contains("Access-Control-Allow-Origin"), "No CORS header on the completion.");
        return answer;
    }

    private static async Task RefusedAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.True(
                answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest,
                $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private static ContentBinding Binding(byte[] content) => new(content.Length, Convert.ToBase64String(MD5.HashData(content)));

    private static string WebList(IEnumerable<string> etags) =>
        "<CompleteMultipartUpload>"
        + string.Concat(etags.Select((etag, i) => $"<Part><PartNumber>{i + 1}</PartNumber><ETag>{etag}</ETag></Part>"))
        + "</CompleteMultipartUpload>";

    private static string MobileList(IEnumerable<string> etags) =>
        "<CompleteMultipartUpload>\n"
        + string.Concat(etags.Select((etag, i) =>
            $"  <Part>\n    <PartNumber>{i + 1}</PartNumber>\n    <ETag>{etag.Trim('"')}</ETag>\n  </Part>\n"))
        + "</CompleteMultipartUpload>";
}
