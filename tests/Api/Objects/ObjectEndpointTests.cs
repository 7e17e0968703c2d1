using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Xunit;

namespace Ente.Orleans.Api.Tests.Objects;

public sealed class ObjectEndpointTests : IAsyncLifetime
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    private readonly ObjectServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_answer_lets_the_browser_read_it()
    {
        var (key, _) = await StoreAsync(1000);
        var get = _server.Store.PresignGet(key, GetOverrides.File, Life, _server.Origin);
        var missing = _server.Store.PresignGet("1/missing", GetOverrides.File, Life, _server.Origin);
        foreach (var origin in (string[])["null", "https://photos.example.org"])
        {
            foreach (var (method, url, status) in ((string, string, HttpStatusCode)[])[
                ("GET", get, HttpStatusCode.OK),
                ("HEAD", get, HttpStatusCode.OK),
                ("GET", missing, HttpStatusCode.NotFound),
                ("GET", get + "x", HttpStatusCode.Forbidden),
                ("DELETE", get, HttpStatusCode.Forbidden),
                ("GET", $"{_server.Origin}/objects/", HttpStatusCode.Forbidden),
                ("POST", _server.Store.PresignComplete(key, "unknown", Life, _server.Origin), HttpStatusCode.BadRequest),
                ("PUT", _server.Store.PresignPut(key, null, Life, _server.Origin), HttpStatusCode.OK),
            ])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), url);
                request.Headers.Add("Origin", origin);
                if (method == "PUT")
                    request.Content = new ByteArrayContent([]);
                using var answer = await _server.Http.SendAsync(request);
                Assert.True(answer.StatusCode == status, $"{method} {url}: {answer.StatusCode}");
                Assert.Equal([origin], answer.Headers.GetValues("Access-Control-Allow-Origin"));
                Assert.Equal(["ETag, Content-Length, Content-Range, Accept-Ranges"], answer.Headers.GetValues("Access-Control-Expose-Headers"));
            }
        }

        using var plain = await _server.Http.GetAsync(get);
        Assert.Equal(["*"], plain.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/objects/1/a")]
    [InlineData("/objects/1/a?sig=wrong")]
    [InlineData("/objects/")]
    public async Task Preflights_allow_what_is_asked_for_without_a_signature(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, _server.Origin + path);
        request.Headers.Add("Origin", "null");
        request.Headers.Add("Access-Control-Request-Method", "PUT");
        request.Headers.Add("Access-Control-Request-Headers", "content-md5,x-client-package,x-auth-access-token");
        using var answer = await _server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["null"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["GET, HEAD, PUT, POST"], answer.Headers.GetValues("Access-Control-Allow-Methods"));
        Assert.Equal(["content-md5,x-client-package,x-auth-access-token"], answer.Headers.GetValues("Access-Control-Allow-Headers"));
    }

    [Fact]
    public async Task Expired_urls_are_refused()
    {
        var (key, _) = await StoreAsync(10);
        var url = _server.Store.PresignGet(key, GetOverrides.File, Life, _server.Origin);
        _server.Clock.Now = DateTimeOffset.UtcNow + TimeSpan.FromDays(8);
        await ExpectAsync(await _server.Http.GetAsync(url), HttpStatusCode.Forbidden, "AccessDenied");
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadRequest, "InvalidDigest")]
    [InlineData("garbage", HttpStatusCode.BadRequest, "InvalidDigest")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", HttpStatusCode.BadRequest, "BadDigest")]
    public async Task A_bound_put_needs_the_announced_md5(string? md5, HttpStatusCode status, string code)
    {
        var binding = new ContentBinding(3, Convert.ToBase64String(MD5.HashData([1, 2, 3])));
        using var request = new HttpRequestMessage(HttpMethod.Put, _server.Store.PresignPut("1/a", binding, Life, _server.Origin))
        {
            Content = new ByteArrayContent([1, 2, 3]),
        };
        if (md5 is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-MD5", md5);
        await ExpectAsync(await _server.Http.SendAsync(request), status, code);
    }

    [Theory]
    [InlineData(2, "IncompleteBody")]
    [InlineData(4, "EntityTooLarge")]
    public async Task A_bound_put_needs_the_announced_length(int length, string code)
    {
        var md5 = MD5.HashData(new byte[3]);
        using var content = new ByteArrayContent(new byte[length]);
        content.Headers.ContentMD5 = md5;
        var url = _server.Store.PresignPut("1/a", new ContentBinding(3, Convert.ToBase64String(md5)), Life, _server.Origin);
        await ExpectAsync(await _server.Http.PutAsync(url, content), HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task A_body_without_length_and_one_beyond_ten_gibibytes_are_refused_unread()
    {
        var url = _server.Store.PresignPut("1/a", null, Life, _server.Origin);
        Assert.StartsWith("HTTP/1.1 411", await RawAsync(url, "Transfer-Encoding: chunked\r\n\r\n"), StringComparison.Ordinal);
        var large = await RawAsync(url, $"Content-Length: {(10L << 30) + 1}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", large, StringComparison.Ordinal);
        Assert.Contains("<Code>EntityTooLarge</Code>", large, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_nothing()
    {
        var url = new Uri(_server.Store.PresignPut("1/a", null, Life, _server.Origin));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(url.Host, url.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: 1000000\r\n\r\n{new string('x', 300_000)}"));
            await UntilAsync(() => Incoming() == 1);
        }

        await UntilAsync(() => Incoming() == 0);
        Assert.Null(await _server.Store.HeadAsync("1/a"));
    }

    [Fact]
    public async Task A_claimed_key_takes_no_more_writes_but_repeats_a_lost_answer()
    {
        var put = _server.Store.PresignPut("1/a", null, Life, _server.Origin);
        using (var stored = await _server.Http.PutAsync(put, new ByteArrayContent([1])))
            Assert.Equal(HttpStatusCode.OK, stored.StatusCode);

        var upload = await _server.Store.StartMultipartAsync("1/b");
        var part = await _server.Store.ReceivePartAsync("1/b", upload, 1, new MemoryStream([1]), 1, null, null, default);
        var list = new StringContent($"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.ETag}</ETag></Part></CompleteMultipartUpload>");
        var complete = _server.Store.PresignComplete("1/b", upload, Life, _server.Origin);
        using (var completed = await _server.Http.PostAsync(complete, list))
            Assert.Equal(HttpStatusCode.OK, completed.StatusCode);

        _server.Gate.IsOpen = false;
        await ExpectAsync(await _server.Http.PutAsync(put, new ByteArrayContent([2])), HttpStatusCode.Forbidden, "AccessDenied");
        using (var again = await _server.Http.PostAsync(complete, list))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal([1], await _server.Http.GetByteArrayAsync(_server.Store.PresignGet("1/a", default, Life, _server.Origin)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not xml")]
    [InlineData("<Other/>")]
    [InlineData("<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>")]
    [InlineData("<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e \"x\">]><CompleteMultipartUpload>&e;</CompleteMultipartUpload>")]
    [InlineData("<CompleteMultipartUpload><Part>")]
    public async Task A_list_that_cannot_be_read_is_malformed(string list)
    {
        var upload = await _server.Store.StartMultipartAsync("1/a");
        await ExpectAsync(
            await _server.Http.PostAsync(_server.Store.PresignComplete("1/a", upload, Life, _server.Origin), new StringContent(list)),
            HttpStatusCode.BadRequest,
            "MalformedXML");
    }

    [Fact]
    public async Task Ten_thousand_indented_parts_are_read()
    {
        var upload = await _server.Store.StartMultipartAsync("1/a");
        var etag = (await _server.Store.ReceivePartAsync("1/a", upload, 10_000, new MemoryStream([1]), 1, null, null, default)).ETag;
        var list = string.Concat(Enumerable.Range(1, 10_000).Select(i => $"    <Part>\n        <PartNumber>{i}</PartNumber>\n        <ETag>{etag}</ETag>\n    </Part>\n"));
        await ExpectAsync(
            await _server.Http.PostAsync(
                _server.Store.PresignComplete("1/a", upload, Life, _server.Origin),
                new StringContent($"<?xml version=\"1.0\"?>\n<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n{list}</CompleteMultipartUpload>\n")),
            HttpStatusCode.BadRequest,
            "InvalidPart");
    }

    [Fact]
    public async Task A_known_etag_saves_the_bytes_and_an_old_one_does_not_continue_a_download()
    {
        var (key, content) = await StoreAsync(1000);
        var url = _server.Store.PresignGet(key, GetOverrides.File, Life, _server.Origin);
        var etag = (await _server.Store.HeadAsync(key))!.ETag;

        using var known = new HttpRequestMessage(HttpMethod.Get, url);
        known.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(etag));
        using var unchanged = await _server.Http.SendAsync(known);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        foreach (var (tag, status) in ((string, HttpStatusCode)[])[(etag, HttpStatusCode.PartialContent), ("\"old\"", HttpStatusCode.OK)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Range = new RangeHeaderValue(990, null);
            request.Headers.IfRange = RangeConditionHeaderValue.Parse(tag);
            using var answer = await _server.Http.SendAsync(request);
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal(
                status == HttpStatusCode.OK ? content : content[990..], await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("lines=0-1")]
    [InlineData("bytes=5-1")]
    [InlineData("bytes=")]
    public async Task A_range_that_is_not_served_gives_the_whole_object(string range)
    {
        var (key, content) = await StoreAsync(1000);
        using var request = new HttpRequestMessage(HttpMethod.Get, _server.Store.PresignGet(key, default, Life, _server.Origin));
        request.Headers.TryAddWithoutValidation("Range", range);
        using var answer = await _server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_head_has_the_headers_of_the_get_and_no_body()
    {
        var (key, content) = await StoreAsync(1000);
        using var request = new HttpRequestMessage(HttpMethod.Head, _server.Store.PresignGet(key, GetOverrides.File, Life, _server.Origin));
        using var answer = await _server.Http.SendAsync(request);
        Assert.Equal(content.Length, answer.Content.Headers.ContentLength);
        Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        Assert.NotNull(answer.Headers.ETag);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Damage_is_an_error_and_says_nothing_of_the_inside()
    {
        var (key, _) = await StoreAsync(1000);
        var file = Directory.EnumerateFiles(Path.Combine(_server.Directory, "objects"), "*", SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(file, [1]);
        using var answer = await _server.Http.GetAsync(_server.Store.PresignGet(key, default, Life, _server.Origin));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>The request failed.</Message></Error>",
            await answer.Content.ReadAsStringAsync());
    }

    private int Incoming() => Directory.EnumerateFiles(Path.Combine(_server.Directory, "incoming")).Count();

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
            await Task.Delay(20, limit.Token);
    }

    private async Task<(string Key, byte[] Content)> StoreAsync(int size)
    {
        var key = $"1/{Guid.NewGuid()}";
        var content = RandomNumberGenerator.GetBytes(size);
        await _server.Store.PutAsync(key, new MemoryStream(content), size);
        return (key, content);
    }

    private static async Task ExpectAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {body}");
            Assert.Equal("application/xml", answer.Content.Headers.ContentType!.MediaType);
            Assert.Contains($"<Code>{code}</Code>", body, StringComparison.Ordinal);
        }
    }

    /// <summary>The answer to a PUT whose body is never sent.</summary>
    private static async Task<string> RawAsync(string url, string headers)
    {
        var target = new Uri(url);
        using var client = new TcpClient();
        await client.ConnectAsync(target.Host, target.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT {target.PathAndQuery} HTTP/1.1\r\nHost: {target.Authority}\r\nConnection: close\r\n{headers}"));
        var buffer = new byte[4096];
        var text = new StringBuilder();
        int read;
        while (!text.ToString().Contains("</Error>", StringComparison.Ordinal) && (read = await client.GetStream().ReadAsync(buffer)) > 0)
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        return text.ToString();
    }
}
