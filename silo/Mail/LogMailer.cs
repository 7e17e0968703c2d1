using Ente.Orleans.Api.Users;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Mail;

/// <summary>Where no mail server is configured: one-time codes go to the log, without the address, and nothing else goes anywhere.</summary>
internal sealed class LogMailer(ILogger<LogMailer> log) : IMailer
{
    public Task<MailResult> SendAsync(Api.Users.Mail mail, CancellationToken cancellation)
    {
        if (mail.Code is { } code)
            log.LogInformation("One-time code {Code} for a sign-in (no mail server is configured, so it is shown here)", code);
        else if (mail.IsAwaited)
            log.LogInformation("A mail of the operator's is not sent: no mail server is configured");
        else
            log.LogDebug("A mail is not sent: no mail server is configured");
        return Task.FromResult(MailResult.Sent);
    }
}

/// <summary>Tells clients that a code which they asked for was not mailed, whoever asked: nothing about an account can be seen from it.</summary>
internal static class LoggedCodes
{
    public static void TellThatCodesAreLogged(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.Path.Equals("/users/ott", StringComparison.Ordinal))
            http.Response.Headers[AccountFlows.CodesHeader] = AccountFlows.CodesAreLogged;
        return next(http);
    });
}
