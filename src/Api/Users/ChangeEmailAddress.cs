namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/change-email (api/01 §C).</summary>
internal static class ChangeEmailAddress
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/change-email", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Request(string? Email, string? Ott);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, PersonalData personal, OneTimeCodes codes,
        IGrainHost grains, IMailer mailer, Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        if (email.Length is 0 or > 254) return Answers.BadRequest;
        var hash = personal.EmailHash(email);
        if (await codes.UseAsync(hash, client.App, KnownNetworks.Elsewhere, body.Value.Ott ?? "", clock.Now, cancellation) is { } refusal) return Answers.Of(refusal);
        var account = await accounts.FindAsync(caller.UserId, cancellation);
        var old = await personal.OpenAsync(caller.UserId, account?.SealedEmail, cancellation);
        var sealedEmail = await personal.SealAsync(caller.UserId, email, cancellation);
        var reply = await grains.SendAsync(new ChangeEmail(caller.UserId, hash, sealedEmail), client.RequestId, cancellation);
        if (!reply.IsRefused && old is not null) await mailer.SendAsync(Mails.EmailChanged(old, email), cancellation);
        return Answers.EmptyOr(reply);
    }
}
