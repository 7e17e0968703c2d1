using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Ente.Orleans.Silo.Tests.Mail;

/// <summary>A mail server for one purpose: to see what a client says. Replies are scripted by the first word of a command.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public MailServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Replies that differ from the usual ones.</summary>
    public Dictionary<string, string> Replies { get; } = [];

    /// <summary>Lines of the answer to EHLO after the first.</summary>
    public List<string> Extensions { get; } = [];

    /// <summary>Speaks TLS from the first byte, with a certificate that nobody trusts.</summary>
    public bool IsImplicitTls { get; init; }

    /// <summary>Every command line of every conversation.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>The messages as they came over the wire, dots still doubled.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Nothing is answered, not even the connection.</summary>
    public bool IsSilent { get; init; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    public async Task<string> MessageAsync()
    {
        for (var i = 0; Messages.IsEmpty; i++)
        {
            if (i == 600)
                throw new TimeoutException("No message came.");
            await Task.Delay(20);
        }

        return Messages.Last();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await TalkAsync(client);
            }
            // The client's end of it, or the test's.
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                Commands.Enqueue("(gone)");
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        if (IsSilent)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
            return;
        }

        Stream stream = client.GetStream();
        if (IsImplicitTls)
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = SelfSigned() }, _stop.Token);
            stream = tls;
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        await SayAsync(stream, "220 test");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            Commands.Enqueue(line);
            var word = line.Split(' ', ':')[0].ToUpperInvariant();
            if (word == "EHLO")
            {
                List<string> lines = ["test", .. Extensions];
                for (var i = 0; i < lines.Count; i++)
                    await SayAsync(stream, $"250{(i == lines.Count - 1 ? ' ' : '-')}{lines[i]}");
                continue;
            }

            var reply = Replies.GetValueOrDefault(word) ?? word switch { "DATA" => "354 go", "AUTH" => "235 welcome", "QUIT" => "221 bye", _ => "250 ok" };
            await SayAsync(stream, reply);
            if (word == "QUIT")
                return;
            if (word == "DATA" && reply.StartsWith('3'))
            {
                var message = new StringBuilder();
                while (await reader.ReadLineAsync(_stop.Token) is { } text and not ".")
                    message.Append(text).Append("\r\n");
                Messages.Enqueue(message.ToString());
                await SayAsync(stream, Replies.GetValueOrDefault("message") ?? "250 kept");
            }
        }
    }

    private static Task SayAsync(Stream stream, string line) => stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n")).AsTask();

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}
