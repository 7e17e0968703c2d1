namespace Ente.Orleans.Api.Users;

/// <summary>PUT /users/attributes: the key material that ends a sign-up (api/01 §E).</summary>
internal static class KeyAttributesEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/users/attributes", Handle).Requires(Requirement.User);

    private sealed record Request(KeyAttributesBody? KeyAttributes);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (body.Value.KeyAttributes?.ToDomain() is not { } keys) return Answers.BadRequest;
        return Answers.EmptyOr(await grains.SendAsync(new SetKeyAttributes(caller.UserId, keys), client.RequestId, cancellation));
    }
}
