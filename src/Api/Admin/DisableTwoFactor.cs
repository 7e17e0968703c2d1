namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/disable-2fa: TOTP is off (api/06 §9.2).</summary>
internal static class DisableTwoFactor
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/user/disable-2fa", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID);

    private static async Task<IResult> Handle(
        Body<Request> body, HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains,
        CancellationToken cancellation)
    {
        if (!Required.All(body.Value.UserID)) return Answers.BadRequest;
        if (!await AdminTokens.IsFreshAsync(caller, accounts, http, cancellation)) return AdminTokens.TooOld;
        if (await accounts.FindAsync(body.Value.UserID!.Value, cancellation) is null) return Answers.NotFound;
        var reply = await grains.SendAsync(new DisableTotp(body.Value.UserID.Value, caller.UserId), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
