namespace Ente.Orleans.Api.Passkeys;

/// <summary>PATCH /passkeys/{passkeyID}. Without effect on unknown passkeys and those of others, and 200 all the same.</summary>
internal static class RenamePasskeyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPatch("/passkeys/{passkeyID}", Handle).Requires(Requirement.AccountsJwt);

    private static async Task<IResult> Handle(
        string passkeyID, HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, PersonalData personal, IGrainHost grains,
        CancellationToken cancellation)
    {
        if (Query.Uuid(passkeyID) is not { } id) return Answers.BadRequest;
        if (PasskeyEndpoints.FriendlyName(http) is not { } name) return PasskeyEndpoints.NoFriendlyName;
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false }) return Answers.Of(Refusal.Gone);
        var sealedName = await personal.SealAsync(caller.UserId, name, cancellation);
        var reply = await grains.SendAsync(new RenamePasskey(caller.UserId, id, sealedName), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
