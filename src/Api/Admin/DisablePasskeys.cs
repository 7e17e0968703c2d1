namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/disable-passkeys: all passkeys of a user go, TOTP stays (api/06 §9.2).</summary>
internal static class DisablePasskeys
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/user/disable-passkeys", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.UserID)) return Answers.BadRequest;
        var reply = await grains.SendAsync(new RemoveAllPasskeys(caller.UserId, body.Value.UserID!.Value), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
