namespace Ente.Orleans.Api.Users;

/// <summary>Mails that tell of something that has happened already: no caller waits for them, a failure is logged and changes nothing.</summary>
internal sealed class Notices(IMailer mailer, ILogger<Notices> log)
{
    public void Send(Mail mail) => _ = SendAsync(mail);

    private async Task SendAsync(Mail mail)
    {
        try
        {
            await mailer.SendAsync(mail, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "A mail about something that has happened was not sent");
        }
    }
}
