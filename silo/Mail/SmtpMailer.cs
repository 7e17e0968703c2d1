using System.Security.Authentication;
using System.Threading.Channels;
using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Silo.Mail;

/// <summary>
/// Sends mail through a mail server. One-time codes and an operator's mails are sent while their caller waits, since it is told the
/// result (api/06 §9.2, api/07 §8);
/// all others through a bounded queue, with a few attempts.
/// </summary>
internal sealed class SmtpMailer(SmtpOptions options, TimeProvider clock, ILogger<SmtpMailer> log) : BackgroundService, IMailer
{
    private const int QueueLength = 1_000;
    private const int Attempts = 4;
    private static readonly TimeSpan CallersPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BackgroundPatience = TimeSpan.FromSeconds(60);

    private readonly Channel<Api.Users.Mail> _queue = Channel.CreateBounded<Api.Users.Mail>(
        new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    public async Task<MailResult> SendAsync(Api.Users.Mail mail, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(mail);
        if (mail.Code is not null || mail.IsAwaited)
            return await TryAsync(mail, CallersPatience, cancellation);
        if (_queue.Writer.TryWrite(mail))
            return MailResult.Sent;
        log.LogError("A mail is given up: {Count} others wait for {Server}", QueueLength, options);
        return MailResult.Failed;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits is still sent, within the time that the host gives for stopping.
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } sending)
            await Task.WhenAny(sending, Task.Delay(Timeout.Infinite, cancellationToken));
        if (_queue.Reader.Count > 0)
            log.LogWarning("{Count} mails were not sent before the end", _queue.Reader.Count);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var mail in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            for (var attempt = 1; await TryAsync(mail, BackgroundPatience, stoppingToken) == MailResult.Failed; attempt++)
            {
                if (attempt == Attempts || _queue.Reader.Completion.IsCompleted)
                {
                    log.LogError("A mail is given up after {Attempts} attempts", attempt);
                    break;
                }

                await Task.Delay(TimeSpan.FromSeconds(5 * Math.Pow(4, attempt - 1)), clock, stoppingToken);
            }
        }
    }

    private async Task<MailResult> TryAsync(Api.Users.Mail mail, TimeSpan patience, CancellationToken cancellation)
    {
        if (!MailMessage.IsAddress(mail.To) || (mail.From is { } from && !MailMessage.IsAddress(from.Address)))
            return MailResult.RecipientRefused;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            var message = MailMessage.Format(
                mail.From?.Address ?? options.Sender!, mail.From?.Name ?? options.SenderName, mail.To, mail.Subject, mail.Html, clock.GetUtcNow());
            await using var session = await SmtpSession.OpenAsync(options, limit.Token);
            await session.SendAsync(options.Sender!, mail.To, message, limit.Token);
            return MailResult.Sent;
        }
        catch (SmtpException e) when (e is { Stage: "RCPT", Code: >= 500 })
        {
            log.LogInformation("{Server} refuses a recipient: {Code}", options, e.Code);
            return MailResult.RecipientRefused;
        }
        catch (SmtpException e)
        {
            // Servers like to repeat the address.
            var text = e.Text.Replace(mail.To, "(recipient)", StringComparison.OrdinalIgnoreCase);
            log.LogError("{Server} refuses a mail at {Stage}: {Code} {Text}", options, e.Stage, e.Code, text);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or AuthenticationException)
        {
            log.LogError("A mail could not be handed to {Server}: {Reason}", options, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LogError("{Server} took longer than {Seconds:0} s for a mail", options, patience.TotalSeconds);
        }

        return MailResult.Failed;
    }
}
