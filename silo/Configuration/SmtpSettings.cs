using Ente.Orleans.Silo.Mail;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>The <c>smtp</c> section (api/07 §2.6).</summary>
internal static class SmtpSettings
{
    private const int SubmissionPort = 587;
    private const int ImplicitTlsPort = 465;

    /// <summary>The mail server, or null when no host is named.</summary>
    public static SmtpOptions? Read(Settings settings)
    {
        var host = settings.Text("smtp.host", "");
        var implicitTls = settings.Text("smtp.encryption", "").ToLowerInvariant() is "tls" or "ssl";
        var options = new SmtpOptions(
            host,
            settings.Int("smtp.port", implicitTls ? ImplicitTlsPort : SubmissionPort, 1, 65535),
            settings.Text("smtp.username", ""),
            settings.Text("smtp.password", ""),
            settings.Text("smtp.email", "") is { Length: > 0 } sender ? sender : null,
            settings.Text("smtp.sender-name", "") is { Length: > 0 } name ? name : "Ente",
            implicitTls);
        if (host.Length == 0)
            return null;
        if (options.Sender is null)
            throw settings.Bad("smtp.email", "is not set; mail servers want a sender address that is theirs");
        return MailMessage.IsAddress(options.Sender) ? options : throw settings.Bad("smtp.email", $"'{options.Sender}' is not an e-mail address");
    }
}
