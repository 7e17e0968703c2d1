namespace Ente.Orleans.Api.Users;

/// <summary>PUT /users/email-mfa (api/01 §C).</summary>
internal static class EmailMfa
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/users/email-mfa", Handle).Requires(Requirement.User);

    private sealed record Request(bool? IsEnabled);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (body.Value.IsEnabled is not { } isEnabled) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(new SetEmailMfa(caller.UserId, isEnabled), client.RequestId, cancellation));
    }
}
