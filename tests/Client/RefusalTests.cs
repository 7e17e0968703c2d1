using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ente.Orleans.Client.Tests;

/// <summary>Why something was refused reaches whoever called, and what is final is not tried again.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly World _world = new();
    private readonly List<TimeSpan> _pauses = [];

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(411)]
    [InlineData(413)]
    [InlineData(416)]
    [InlineData(501)]
    [InlineData(507)]
    public async Task A_final_answer_of_the_store_ends_the_file_at_once_with_its_reason(int status)
    {
        var (library, album) = await _world.WithAlbumAsync();
        _world.Server.Store.Fault = _ => Xml(status, "InsufficientStorage", "There is no room left.");
        var outcome = Assert.Single((await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")])).Outcomes);
        Assert.Equal(UploadResult.Failed, outcome.Result);
        Assert.Single(_world.Server.Store.Requests);
        Assert.Contains($"{status} InsufficientStorage: There is no room left.", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(408, "x")]
    [InlineData(429, "SlowDown")]
    [InlineData(500, "InternalError")]
    [InlineData(502, "x")]
    [InlineData(503, "SlowDown")]
    [InlineData(504, "x")]
    [InlineData(400, "BadDigest")]
    [InlineData(400, "RequestTimeout")]
    [InlineData(409, "OperationAborted")]
    public async Task A_passing_answer_is_outlasted(int status, string code)
    {
        var (library, album) = await _world.WithAlbumAsync();
        var answers = 0;
        _world.Server.Store.Fault = _ => ++answers <= 3 ? Xml(status, code, "again") : null;
        Assert.Equal(UploadResult.Uploaded, Assert.Single((await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")])).Outcomes).Result);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(400)]
    [InlineData(507)]
    public async Task A_final_answer_to_the_registration_is_not_repeated(int status)
    {
        var (library, album) = await _world.WithAlbumAsync();
        _world.Server.Fault = r => r.RequestUri!.AbsolutePath is "/files" ? Body(status, """{"code":"BAD","message":"no such size"}""") : null;
        var outcome = Assert.Single((await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")])).Outcomes);
        Assert.Single(_world.Server.Calls, "POST /files");
        Assert.Contains("BAD: no such size", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_final_answer_to_a_download_is_not_repeated()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var file = Assert.Single(library.Files(library.FindAlbum(album.Id)!));
        _world.Server.Store.Requests.Clear();
        _world.Server.Store.Fault = _ => Xml(403, "AccessDenied", "Request has expired");
        var refusal = await Assert.ThrowsAsync<EnteApiException>(() => new Downloader(library.Http).DownloadAsync(file, new MemoryStream()));
        Assert.Single(_world.Server.Store.Requests);
        Assert.Equal(("AccessDenied", "Request has expired"), (refusal.Code, refusal.Reason));
    }

    [Fact]
    public async Task One_bad_answer_to_a_read_does_not_end_a_sync()
    {
        var (library, _) = await _world.WithAlbumAsync();
        foreach (var path in new[] { "/collections/v2", "/collections/v2/diff", "/trash/v2/diff" })
        {
            var answers = 0;
            _world.Server.Fault = r => r.RequestUri!.AbsolutePath == path && ++answers == 1 ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;
            await _world.Device(library.Session, path.Replace('/', '-')).SyncAsync();
            Assert.Equal(2, answers);
        }
    }

    [Fact]
    public async Task The_other_sides_wish_to_be_left_alone_is_kept_within_reason()
    {
        var answers = 0;
        _world.Server.Fault = _ =>
        {
            var response = Body(++answers <= 3 ? 429 : 404, "");
            response.Headers.RetryAfter = answers switch
            {
                1 => new RetryConditionHeaderValue(TimeSpan.FromSeconds(30)),
                2 => new RetryConditionHeaderValue(TimeSpan.FromDays(3)),
                _ => null,
            };
            return response;
        };
        using var http = Connect();
        await Assert.ThrowsAsync<EnteApiException>(() => http.GetAsync<object>("/ping"));
        Assert.Equal([TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)], _pauses);
    }

    [Fact]
    public async Task A_server_that_was_never_there_is_said_at_once()
    {
        using var http = new EnteClient(new Uri("http://127.0.0.1:1"), new EnteClientOptions { Delay = Pause });
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync<object>("/ping"));
        Assert.Contains("http://127.0.0.1:1 cannot be reached", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_pauses);
    }

    [Fact]
    public async Task The_fault_of_a_certificate_is_said_and_nobody_is_sent_to_an_inner_exception()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(client.GetStream());
            await Record.ExceptionAsync(() => tls.AuthenticateAsServerAsync(certificate));
        });
        using var http = new EnteClient(new Uri($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}"), new EnteClientOptions { Delay = Pause });
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync<object>("/ping"));
        await serving;
        Assert.Contains("certificate", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("inner exception", Reason.Of(failure), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"code":"A","message":"why"}""", "application/json", "A", "why")]
    [InlineData("""{"error":"why"}""", "application/json", null, "why")]
    [InlineData("{}", "application/json", null, null)]
    [InlineData("{broken", "application/json", null, null)]
    [InlineData("<?xml version=\"1.0\"?><Error xmlns=\"http://s3\"><Code>A</Code><Message>why</Message></Error>", "application/xml", "A", "why")]
    [InlineData("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Error><Code>&a;</Code></Error>", "application/xml", null, null)]
    [InlineData("<html><body>Bad gateway</body></html>", "text/html", null, null)]
    [InlineData("too many\n connections", "text/plain", null, "too many\n connections")]
    [InlineData("", "text/plain", null, null)]
    public void Every_form_of_a_refusal_is_read(string body, string mediaType, string? code, string? reason) =>
        Assert.Equal((code, reason), Wire.Refusal.Parse(body, mediaType));

    [Fact]
    public async Task A_server_without_mail_server_says_where_the_code_stands()
    {
        await _world.SignUpAsync();
        Assert.False(_world.Prompts.WasLogged);
        _world.Server.CodesAreLogged = true;
        await _world.SignUpAsync("bob@example.org");
        Assert.True(_world.Prompts.WasLogged);
    }

    private EnteClient Connect() => new(ServerDouble.Address, _world.Server.Options with { Delay = Pause });

    private Task Pause(TimeSpan pause, CancellationToken cancellationToken)
    {
        _pauses.Add(pause);
        return Task.CompletedTask;
    }

    private static HttpResponseMessage Xml(int status, string code, string message) =>
        Body(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>", "application/xml");

    private static HttpResponseMessage Body(int status, string body, string mediaType = "application/json") =>
        new((HttpStatusCode)status) { Content = new StringContent(body, System.Text.Encoding.UTF8, mediaType) };
}
