using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ente.Orleans.Silo.Tests.Mail;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Serving;

/// <summary>What a running server shows of itself: the first page, health, and its log.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private readonly ReachableDirectory _directory = new();
    private SiloProcess _silo = null!;

    public async Task InitializeAsync() => _silo = await SiloProcess.StartAsync(_directory.Data);

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task The_first_page_tells_the_address_that_the_browser_used_and_loads_nothing_from_elsewhere()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "photos.example.org:8080", Accept = { new("text/html") } } };
        using var answer = await _silo.Http.SendAsync(request);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("http://photos.example.org:8080<", page);
        Assert.Contains("Database works", page);
        Assert.Contains("Storage works", page);
        Assert.Contains("server's log", page);
        Assert.DoesNotContain("{{", page);
        Assert.DoesNotMatch("(?i)<script|src=|@import|url\\(|<link", page);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_first_page_believes_the_proxy_on_this_machine()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Headers = { { "Accept", "text/html" }, { "X-Forwarded-Proto", "https" }, { "X-Forwarded-Host", "photos.example.org" } },
        };
        using var answer = await _silo.Http.SendAsync(request);
        Assert.Contains("https://photos.example.org<", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Ready_means_that_the_first_request_is_quick()
    {
        await BeReadyAsync();
        var started = System.Diagnostics.Stopwatch.StartNew();
        using var code = await _silo.Http.PostAsJsonAsync("/users/ott", new { email = "somebody@elsewhere.example", purpose = "signup" });
        Assert.Equal(HttpStatusCode.OK, code.StatusCode);
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
    }

    private async Task BeReadyAsync()
    {
        // Starting up, it says so.
        var ready = HttpStatusCode.ServiceUnavailable;
        for (var i = 0; i < 300 && ready != HttpStatusCode.OK; i++)
        {
            await Task.Delay(50);
            using var answer = await _silo.Http.GetAsync("/readyz");
            ready = answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, ready);
    }

    [Fact]
    public async Task To_programs_the_first_page_is_an_unknown_path()
    {
        using var answer = await _silo.Http.GetAsync("/");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Health_has_two_answers_and_both_addresses_of_the_machine_give_them()
    {
        Assert.Equal("ok\n", await _silo.Http.GetStringAsync("/healthz"));
        await BeReadyAsync();
        Assert.Equal("database ok\nstorage ok\n", await _silo.Http.GetStringAsync("/readyz"));
        using var six = new HttpClient();
        if (System.Net.Sockets.Socket.OSSupportsIPv6)
            Assert.Equal("ok\n", await six.GetStringAsync($"http://[::1]:{_silo.Port}/healthz"));
        using var head = await _silo.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/readyz"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Fact]
    public async Task Without_a_mail_server_the_code_is_in_the_log_and_nothing_else_of_the_person_is()
    {
        const string email = "ada.lovelace@example.org";
        using (var asked = await People.AskForCodeAsync(_silo, email, "signup"))
            Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var line = await _silo.LineAsync("One-time code");
        var code = Regex.Match(line, "One-time code ([0-9]{6}) for a sign-in").Groups[1].Value;
        Assert.Equal(6, code.Length);
        await People.SignUpAsync(_silo, email, code, ask: false);
        await AssertLogIsDiscreetAsync(_silo, email);
    }

    [Fact]
    public async Task With_a_mail_server_the_code_is_in_the_mail_and_not_in_the_log()
    {
        const string email = "ada.lovelace@example.org";
        await using var mail = new MailServer();
        using var other = new ReachableDirectory();
        await using var silo = await SiloProcess.StartAsync(other.Data, new Dictionary<string, string>
        {
            ["ENTE_SMTP_HOST"] = "127.0.0.1",
            ["ENTE_SMTP_PORT"] = mail.Port.ToString(),
            ["ENTE_SMTP_EMAIL"] = "team@example.net",
        });
        using (var asked = await People.AskForCodeAsync(silo, email, "signup"))
            Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var code = Regex.Match(await mail.MessageAsync(), "Subject: [^\r]*([0-9]{6})").Groups[1].Value;
        await People.SignUpAsync(silo, email, code, ask: false);
        await AssertLogIsDiscreetAsync(silo, email, code);

        mail.Replies["RCPT"] = "550 no such user";
        using var refused = await People.AskForCodeAsync(silo, "nobody@example.org", "signup");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Each_request_is_one_line_with_the_routes_pattern()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/files/download/4711?token=very-secret-token")
        {
            Headers = { { "X-Request-Id", "my-request" }, { "X-Auth-Token", "another-secret" } },
        };
        using (await _silo.Http.SendAsync(request))
        {
        }

        using var line = JsonDocument.Parse(await _silo.LineAsync("my-request"));
        var fields = line.RootElement;
        Assert.Equal("GET", fields.GetProperty("method").GetString());
        Assert.StartsWith("/files/download/{", fields.GetProperty("route").GetString());
        Assert.Equal(401, fields.GetProperty("status").GetInt32());
        Assert.Equal("my-request", fields.GetProperty("request_id").GetString());
        Assert.True(fields.GetProperty("milliseconds").GetDouble() >= 0);
        Assert.Equal("info", fields.GetProperty("level").GetString());
        Assert.DoesNotContain("secret", _silo.Output);
        Assert.DoesNotContain("4711", _silo.Output);
    }

    // Asks with a body, a query and headers that hold something of the person, then looks for it.
    private static async Task AssertLogIsDiscreetAsync(SiloProcess silo, string email, params string[] more)
    {
        using (await silo.Http.GetAsync($"/users/srp/attributes?email={Uri.EscapeDataString(email)}"))
        {
        }

        using var mark = new HttpRequestMessage(HttpMethod.Post, "/users/verify-email") { Content = JsonContent.Create(new { email, ott = "987654" }) };
        mark.Headers.Add("X-Request-Id", "the-last-one");
        using (await silo.Http.SendAsync(mark))
        {
        }

        await silo.LineAsync("the-last-one");
        var log = silo.Output + silo.Errors;
        Assert.All(["lovelace", "987654", .. more], word => Assert.DoesNotContain(word, log));
    }
}
