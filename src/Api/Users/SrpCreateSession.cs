namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/srp/create-session (api/01 §D3).</summary>
internal static class SrpCreateSession
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/srp/create-session", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? SrpUserID, string? SrpA);

    private sealed record Response(Guid SessionID, string SrpB);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, AccountQueries accounts, KnownNetworks networks, SrpHandshake srp, CancellationToken cancellation)
    {
        if (Query.Uuid(body.Value.SrpUserID) is not { } id || !Required.All(body.Value.SrpA)) return Answers.BadRequest;
        var account = await accounts.FindBySrpUserAsync(id, cancellation);
        if (account is { IsEmailMfaEnabled: true }) return Answers.Coded(StatusCodes.Status409Conflict, "EMAIL_MFA_ENABLED");
        var verifier = await srp.VerifierOfAsync(account, cancellation);
        var scope = await networks.ScopeAsync(account?.Id, client.Network, cancellation);
        var (session, b, refusal) = await srp.StartAsync(Guid.Parse(id), scope, body.Value.SrpA!, verifier, mayBeShort: false, cancellation);
        return refusal ?? Answers.Ok(new Response(session, b));
    }
}
