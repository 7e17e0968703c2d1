namespace Ente.Orleans.Api.Passkeys;

/// <summary>DELETE /passkeys/{passkeyID}. Without effect on unknown passkeys and those of others, and 200 all the same.</summary>
internal static class RemovePasskeyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/passkeys/{passkeyID}", Handle).Requires(Requirement.AccountsJwt);

    private static async Task<IResult> Handle(
        string passkeyID, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (Query.Uuid(passkeyID) is not { } id) return Answers.BadRequest;
        var reply = await grains.SendAsync(new RemovePasskey(caller.UserId, id), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
