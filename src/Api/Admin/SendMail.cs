using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/mail: a mail of the operator's own, and the way to try a mail server out (api/06 §9.2).</summary>
internal static class SendMail
{
    /// <summary>The caller waits for each delivery: a mailing to more belongs into a mailing list.</summary>
    private const int MaxRecipients = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/mail", Handle).Requires(Requirement.Admin);

    private sealed record Request(IReadOnlyList<string?>? To, string? FromName, string? FromEmail, string? Subject, string? Body);

    private static async Task<IResult> Handle(Body<Request> body, IMailer mailer, CancellationToken cancellation)
    {
        var r = body.Value;
        if (r.To is not { Count: > 0 } to || !Required.All(r.FromName, r.FromEmail, r.Subject, r.Body)) return Answers.BadRequest;
        if (to.Any(a => string.IsNullOrEmpty(a) || a.Any(char.IsControl)) || r.FromEmail!.Any(char.IsControl)) return Answers.BadRequest;
        if (to.Count > MaxRecipients) return Answers.Bad($"at most {MaxRecipients} recipients at once");
        if (r.Subject!.Any(char.IsControl) || r.FromName!.Any(char.IsControl)) return Answers.Bad("subject and name are one line each");
        var from = new MailFrom(r.FromName!, r.FromEmail!);
        foreach (var address in to)
        {
            switch (await mailer.SendAsync(new Mail(address!, r.Subject!, r.Body!) { From = from, IsAwaited = true }, cancellation))
            {
                case MailResult.RecipientRefused:
                    return Answers.Bad("an address was refused");
                case MailResult.Failed:
                    return Answers.Bare(StatusCodes.Status500InternalServerError);
            }
        }

        return Answers.EmptyObject;
    }
}
