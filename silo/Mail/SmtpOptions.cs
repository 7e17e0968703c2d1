namespace Ente.Orleans.Silo.Mail;

/// <summary>The mail server (api/07 §2.6).</summary>
/// <param name="Host">Its name.</param>
/// <param name="Port">Its port.</param>
/// <param name="Username">With <paramref name="Password"/>: authenticates; without both, does not.</param>
/// <param name="Password">Never sent over an unencrypted connection to another machine.</param>
/// <param name="Sender">Address that all mails come from.</param>
/// <param name="SenderName">Name beside it.</param>
/// <param name="ImplicitTls">TLS from the first byte on; otherwise STARTTLS when the server offers it.</param>
internal sealed record SmtpOptions(
    string Host, int Port, string Username, string Password, string? Sender, string SenderName, bool ImplicitTls)
{
    public bool Authenticates => Username.Length > 0 && Password.Length > 0;

    // The compiler's own text would write the password into logs.
    public override string ToString() => $"mail server {Host}:{Port}";
}
