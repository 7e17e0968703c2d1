namespace Ente.Orleans.Api.Users;

/// <summary>
/// Mails that nobody waits for. They are made and sent in the background; that one could not be is
/// logged, and changes nothing of what it would have told about.
/// </summary>
internal sealed class Notices(IMailer mailer, ILogger<Notices> log)
{
    /// <param name="about">What the mail tells, for the log.</param>
    /// <param name="compose">Makes the mail; null when there is nobody to send it to.</param>
    public void Send(string about, Func<Task<Mail?>> compose) => _ = SendAsync(about, compose);

    public void Send(string about, Mail mail) => Send(about, () => Task.FromResult<Mail?>(mail));

    private async Task SendAsync(string about, Func<Task<Mail?>> compose)
    {
        try
        {
            if (await compose() is { } mail) await mailer.SendAsync(mail, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The mail about {About} was not sent", about);
        }
    }
}
