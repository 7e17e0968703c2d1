namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/srp/verify-session: the password login (api/01 §D3).</summary>
internal static class SrpVerifySession
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/srp/verify-session", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? SessionID, string? SrpUserID, string? SrpM1);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, AccountQueries accounts, SrpHandshake srp, LoginAnswers logins, CancellationToken cancellation)
    {
        if (Query.Uuid(body.Value.SessionID) is not { } session || Query.Uuid(body.Value.SrpUserID) is not { } id) return Answers.BadRequest;
        var account = await accounts.FindBySrpUserAsync(id, cancellation);
        var verifier = await srp.VerifierOfAsync(account, cancellation);
        var (m2, refusal) = await srp.VerifyAsync(Guid.Parse(session), verifier, body.Value.SrpM1 ?? "", cancellation);
        return refusal ?? await logins.AnswerAsync(account!, client, m2, cancellation);
    }
}
