using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Ente.Orleans.Silo.Mail;

/// <summary>What the mail server answered where something else was needed.</summary>
/// <param name="stage">The command that was refused.</param>
/// <param name="code">The reply code, 0 when the server did not speak SMTP.</param>
/// <param name="text">Its words; they may repeat addresses.</param>
internal sealed class SmtpException(string stage, int code, string text) : Exception($"{stage}: {code} {text}")
{
    public string Stage => stage;

    public int Code => code;

    public string Text => text;
}

/// <summary>
/// One conversation with a mail server (RFC 5321) that delivers one mail. The runtime's own client knows no implicit TLS, which
/// most providers want today, and no STARTTLS that is used only when offered.
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private const int LongestReply = 64 * 1024;

    private readonly TcpClient _connection;
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream;
    private int _read;
    private int _filled;
    private HashSet<string> _extensions = [];
    private string _authentication = "";

    private SmtpSession(TcpClient connection) => (_connection, _stream) = (connection, connection.GetStream());

    /// <summary>Connects, greets, secures the connection and authenticates.</summary>
    /// <exception cref="SmtpException">The server refuses.</exception>
    public static async Task<SmtpSession> OpenAsync(SmtpOptions options, CancellationToken cancellation)
    {
        var connection = new TcpClient();
        try
        {
            await connection.ConnectAsync(options.Host, options.Port, cancellation);
            var session = new SmtpSession(connection);
            await session.GreetAsync(options, cancellation);
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Delivers a message to one recipient.</summary>
    /// <exception cref="SmtpException">The server refuses; <see cref="SmtpException.Stage"/> is <c>RCPT</c> when it is about the recipient.</exception>
    public async Task SendAsync(string sender, string to, string message, CancellationToken cancellation)
    {
        var utf8 = to.All(char.IsAscii) ? "" : _extensions.Contains("SMTPUTF8") ? " SMTPUTF8" : null;
        if (utf8 is null)
            throw new SmtpException("RCPT", 553, "the server takes no addresses outside ASCII");
        await CommandAsync("MAIL", $"MAIL FROM:<{sender}>{utf8}", 250, cancellation);
        await CommandAsync("RCPT", $"RCPT TO:<{to}>", 250, cancellation);
        await CommandAsync("DATA", "DATA", 354, cancellation);
        // A line that begins with a dot would end the message (RFC 5321 §4.5.2).
        var stuffed = message.StartsWith('.') ? "." + message : message;
        await WriteAsync(stuffed.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".\r\n", cancellation);
        await ExpectAsync("message", 250, cancellation);
        // The mail is the server's from here on, so how it takes leave changes nothing.
        await WriteAsync("QUIT\r\n", cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _connection.Dispose();
    }

    private async Task GreetAsync(SmtpOptions options, CancellationToken cancellation)
    {
        if (options.ImplicitTls)
            await EncryptAsync(options, cancellation);
        await ExpectAsync("greeting", 220, cancellation);
        await HelloAsync(cancellation);
        if (!options.ImplicitTls && _extensions.Contains("STARTTLS"))
        {
            await CommandAsync("STARTTLS", "STARTTLS", 220, cancellation);
            // Whatever came before encryption could have been put there by anybody on the way.
            if (_read < _filled)
                throw new SmtpException("STARTTLS", 0, "the server went on talking before encryption");
            await EncryptAsync(options, cancellation);
            await HelloAsync(cancellation);
        }

        if (options.Authenticates)
            await AuthenticateAsync(options, cancellation);
    }

    private async Task EncryptAsync(SmtpOptions options, CancellationToken cancellation)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = options.Host,
                EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
            },
            cancellation);
        _stream = tls;
    }

    private async Task HelloAsync(CancellationToken cancellation)
    {
        var lines = await CommandAsync("EHLO", "EHLO localhost", 250, cancellation);
        _extensions = lines.Skip(1).Select(l => l.Split(' ')[0].ToUpperInvariant()).ToHashSet();
        _authentication = lines.FirstOrDefault(l => l.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase))?.ToUpperInvariant() ?? "";
    }

    private async Task AuthenticateAsync(SmtpOptions options, CancellationToken cancellation)
    {
        if (_stream is not SslStream && !IsThisMachine(options.Host))
            throw new SmtpException("AUTH", 0, "the server offers no encryption, and the password is not sent without; set smtp.encryption to tls");
        if (_authentication.Contains("LOGIN", StringComparison.Ordinal) && !_authentication.Contains("PLAIN", StringComparison.Ordinal))
        {
            await CommandAsync("AUTH", "AUTH LOGIN", 334, cancellation);
            await CommandAsync("AUTH", Convert.ToBase64String(Encoding.UTF8.GetBytes(options.Username)), 334, cancellation);
            await CommandAsync("AUTH", Convert.ToBase64String(Encoding.UTF8.GetBytes(options.Password)), 235, cancellation);
            return;
        }

        var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{options.Username}\0{options.Password}"));
        await CommandAsync("AUTH", "AUTH PLAIN " + plain, 235, cancellation);
    }

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    private async Task<List<string>> CommandAsync(string stage, string line, int expected, CancellationToken cancellation)
    {
        await WriteAsync(line + "\r\n", cancellation);
        return await ExpectAsync(stage, expected, cancellation);
    }

    private async Task WriteAsync(string text, CancellationToken cancellation)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await _stream.FlushAsync(cancellation);
    }

    // The lines of one reply without their codes. Any code of the expected one's first digit and tens will do: 251 is a 250.
    private async Task<List<string>> ExpectAsync(string stage, int expected, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await ReadLineAsync(stage, cancellation);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), out var code))
                throw new SmtpException(stage, 0, "the server does not speak SMTP");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-')
                continue;
            return code / 10 == expected / 10 ? lines : throw new SmtpException(stage, code, string.Join(' ', lines));
        }
    }

    private async Task<string> ReadLineAsync(string stage, CancellationToken cancellation)
    {
        var line = new List<byte>();
        while (line.Count < LongestReply)
        {
            if (_read == _filled)
            {
                (_read, _filled) = (0, await _stream.ReadAsync(_buffer, cancellation));
                if (_filled == 0)
                    throw new SmtpException(stage, 0, "the server closed the connection");
            }

            var next = _buffer[_read++];
            if (next == (byte)'\n')
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }

        throw new SmtpException(stage, 0, "the server's reply does not end");
    }
}
