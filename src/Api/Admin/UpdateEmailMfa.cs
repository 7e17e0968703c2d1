namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/update-email-mfa (api/06 §9.2).</summary>
internal static class UpdateEmailMfa
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/user/update-email-mfa", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID, bool? EmailMFA);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID)) return Answers.BadRequest;
        if (r.EmailMFA is not { } isEnabled) return Answers.Bad("emailMFA is required");
        var reply = await grains.SendAsync(new SetEmailMfa(r.UserID!.Value, isEnabled, caller.UserId), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
