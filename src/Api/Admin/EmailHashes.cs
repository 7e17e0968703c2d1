namespace Ente.Orleans.Api.Admin;

/// <summary>GET /admin/email-hash and POST /admin/emails-from-hashes (api/06 §9.2).</summary>
internal static class EmailHashes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/email-hash", Hash).Requires(Requirement.Admin);
        routes.MapPost("/admin/emails-from-hashes", Emails).Requires(Requirement.Admin);
    }

    private sealed record HashResponse(string Hash);

    private static IResult Hash(HttpContext http, PersonalData personal)
    {
        var email = Query.Text(http, "email");
        return email.Length == 0 ? Answers.BadRequest : Answers.Ok(new HashResponse(personal.EmailHash(email)));
    }

    private sealed record Request(IReadOnlyList<string?>? Hashes);

    private sealed record EmailsResponse(IReadOnlyList<string> Emails);

    private static async Task<IResult> Emails(Body<Request> body, AccountQueries accounts, CancellationToken cancellation)
    {
        if (body.Value.Hashes is not { } hashes) return Answers.BadRequest;
        var users = await accounts.IdsByEmailHashesAsync([.. hashes.OfType<string>().Distinct()], cancellation);
        return Answers.Ok(new EmailsResponse([.. (await accounts.EmailsAsync(users, cancellation)).Values]));
    }
}
