using System.Diagnostics;
using System.Text;
using Ente.Orleans.Api.Users;
using Ente.Orleans.Silo.Mail;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ente.Orleans.Silo.Tests.Mail;

/// <summary>What goes over the wire to a mail server, and what its answers come to (api/07 §2.6).</summary>
public sealed class SmtpMailerTests
{
    private static readonly Api.Users.Mail Code = new("ada@example.org", "Verification code: 123456", "<p>Your code is <b>123456</b>.</p>") { Code = "123456" };

    private readonly Lines _log = new();

    [Fact]
    public async Task A_code_is_delivered_with_the_configured_sender()
    {
        await using var server = new MailServer();
        Assert.Equal(MailResult.Sent, await Mailer(server).SendAsync(Code, CancellationToken.None));
        Assert.Contains("MAIL FROM:<team@example.net>", server.Commands);
        Assert.Contains("RCPT TO:<ada@example.org>", server.Commands);
        var message = await server.MessageAsync();
        Assert.Contains("From: \"Photos \\\"at\\\" home\" <team@example.net>\r\n", message);
        Assert.Contains("To: <ada@example.org>\r\n", message);
        Assert.Contains("Subject: Verification code: 123456\r\n", message);
        Assert.Contains("Content-Type: text/html; charset=utf-8\r\n", message);
        Assert.EndsWith("\r\n\r\n<p>Your code is <b>123456</b>.</p>\r\n", message);
        Assert.Empty(_log.Text);
    }

    [Fact]
    public async Task An_operators_mail_shows_its_own_sender_and_its_caller_is_told_the_result()
    {
        await using var server = new MailServer();
        var mail = new Api.Users.Mail("ada@example.org", "Test", "<p>It works</p>") { IsAwaited = true, From = new MailFrom("Operator", "op@example.com") };
        Assert.Equal(MailResult.Sent, await Mailer(server).SendAsync(mail, CancellationToken.None));
        Assert.Contains("MAIL FROM:<team@example.net>", server.Commands);
        Assert.Contains("From: \"Operator\" <op@example.com>\r\n", await server.MessageAsync());

        var forged = mail with { From = new MailFrom("Operator", "op@example.com>\r\nBcc: <eve@example.org") };
        Assert.Equal(MailResult.RecipientRefused, await Mailer(server).SendAsync(forged, CancellationToken.None));
    }

    [Fact]
    public async Task Any_text_arrives_as_it_was()
    {
        await using var server = new MailServer();
        var subject = string.Concat(Enumerable.Repeat("Grüße 📷 ", 30));
        var html = ".first\nline = \u00fc " + new string('x', 300) + "\n.\n.. end ";
        await Mailer(server).SendAsync(Code with { Subject = subject, Html = html }, CancellationToken.None);
        var message = await server.MessageAsync();
        var undotted = string.Join("\r\n", message.Split("\r\n").Select(l => l.StartsWith('.') ? l[1..] : l));
        Assert.All(message.Split("\r\n"), l => Assert.InRange(l.Length, 0, 78));
        var body = undotted[(undotted.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Equal(html.Replace("\n", "\r\n") + "\r\n", QuotedPrintable(body));
        var words = System.Text.RegularExpressions.Regex.Match(undotted, "^Subject: ((?:.|\r\n )*)\r\n(?! )", System.Text.RegularExpressions.RegexOptions.Multiline).Groups[1].Value;
        Assert.Equal(subject, string.Concat(words.Split("\r\n ").Select(w => Encoding.UTF8.GetString(Convert.FromBase64String(w["=?utf-8?B?".Length..^2])))));
    }

    [Theory]
    [InlineData("ada@example.org>\r\nRCPT TO:<eve@example.org")]
    [InlineData("ada@example.org\r\nBcc: eve@example.org")]
    [InlineData("ada")]
    [InlineData("@example.org")]
    [InlineData("ada example@example.org")]
    public async Task An_address_that_could_say_more_than_an_address_is_refused_unsent(string address)
    {
        await using var server = new MailServer();
        Assert.Equal(MailResult.RecipientRefused, await Mailer(server).SendAsync(Code with { To = address }, CancellationToken.None));
        Assert.Empty(server.Commands);
    }

    [Fact]
    public async Task Line_breaks_in_a_subject_make_no_header()
    {
        await using var server = new MailServer();
        await Mailer(server).SendAsync(Code with { Subject = "Hello\r\nBcc: eve@example.org" }, CancellationToken.None);
        Assert.DoesNotContain("\nBcc:", await server.MessageAsync());
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 <ada@example.org> unknown", MailResult.RecipientRefused)]
    [InlineData("RCPT", "450 try later", MailResult.Failed)]
    [InlineData("MAIL", "550 not from here", MailResult.Failed)]
    [InlineData("message", "554 <ada@example.org> looks like spam", MailResult.Failed)]
    [InlineData("RCPT", "what?", MailResult.Failed)]
    public async Task Refusals_are_told_apart_and_logged_without_the_address(string at, string reply, MailResult expected)
    {
        await using var server = new MailServer { Replies = { [at] = reply } };
        Assert.Equal(expected, await Mailer(server).SendAsync(Code, CancellationToken.None));
        Assert.NotEmpty(_log.Text);
        Assert.DoesNotContain("ada@", _log.Text);
        Assert.DoesNotContain("123456", _log.Text);
    }

    [Fact]
    public async Task The_password_is_used_where_it_is_safe()
    {
        await using var server = new MailServer { Extensions = { "AUTH PLAIN LOGIN" } };
        Assert.Equal(MailResult.Sent, await Mailer(server, user: "me", password: "secret").SendAsync(Code, CancellationToken.None));
        Assert.Contains("AUTH PLAIN " + Convert.ToBase64String("\0me\0secret"u8), server.Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_untrusted_certificate_is_not_trusted(bool implicitTls)
    {
        await using var server = new MailServer { IsImplicitTls = implicitTls, Extensions = { "STARTTLS" }, Replies = { ["STARTTLS"] = "454 no" } };
        Assert.Equal(MailResult.Failed, await Mailer(server, user: "me", password: "secret", implicitTls).SendAsync(Code, CancellationToken.None));
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_costs_the_caller_ten_seconds_at_most()
    {
        await using var server = new MailServer { IsSilent = true };
        var watch = Stopwatch.StartNew();
        Assert.Equal(MailResult.Failed, await Mailer(server).SendAsync(Code, CancellationToken.None));
        Assert.InRange(watch.Elapsed.TotalSeconds, 5, 12);
    }

    [Fact]
    public async Task Other_mails_do_not_wait_for_the_server_and_are_sent_before_the_end()
    {
        await using var server = new MailServer();
        using var mailer = Mailer(server);
        await mailer.StartAsync(CancellationToken.None);
        for (var i = 0; i < 5; i++)
            Assert.Equal(MailResult.Sent, await mailer.SendAsync(new Api.Users.Mail("ada@example.org", $"News {i}", "<p>news</p>"), CancellationToken.None));
        await mailer.StopAsync(CancellationToken.None);
        Assert.Equal(5, server.Messages.Count);
    }

    [Fact]
    public async Task The_queue_is_bounded()
    {
        await using var server = new MailServer();
        using var mailer = Mailer(server);
        var results = new List<MailResult>();
        for (var i = 0; i < 1_200; i++)
            results.Add(await mailer.SendAsync(new Api.Users.Mail("ada@example.org", "News", "<p>news</p>"), CancellationToken.None));
        Assert.Equal(1_000, results.Count(r => r == MailResult.Sent));
        Assert.Equal(200, results.Count(r => r == MailResult.Failed));
    }

    private SmtpMailer Mailer(MailServer server, string user = "", string password = "", bool implicitTls = false) => new(
        new SmtpOptions("127.0.0.1", server.Port, user, password, "team@example.net", "Photos \"at\" home", implicitTls), TimeProvider.System, _log);

    private static string QuotedPrintable(string text)
    {
        var bytes = new List<byte>();
        text = text.Replace("=\r\n", "");
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                bytes.Add((byte)text[i]);
                continue;
            }

            bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            i += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private sealed class Lines : ILogger<SmtpMailer>
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _text.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
    }
}
