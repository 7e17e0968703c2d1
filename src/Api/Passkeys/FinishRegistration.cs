namespace Ente.Orleans.Api.Passkeys;

/// <summary>
/// POST /passkeys/registration/finish: keeps the credential that a browser made. What the reference
/// answers 500 is 4xx here; a credential that is known already is refused and leaves nothing.
/// </summary>
internal static class FinishRegistration
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/passkeys/registration/finish", Handle).Requires(Requirement.AccountsJwt);

    private static async Task<IResult> Handle(
        Body<PublicKeyCredential<AttestationResponse>> body, HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts,
        PersonalData personal, PasskeyCeremonies ceremonies, PasskeyVerification verification, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        if (PasskeyEndpoints.FriendlyName(http) is not { } name) return PasskeyEndpoints.NoFriendlyName;
        if (!Guid.TryParse(Query.Uuid(Query.Text(http, "sessionID")), out var session)) return Answers.BadRequest;
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false }) return Answers.Of(Refusal.Gone);
        if (await ceremonies.TakeAsync(session, clock.Now, cancellation) is not { } ceremony) return Answers.NotFound;
        if (ceremony.Scope != PasskeyCeremonies.RegistrationOf(caller.UserId)) return Answers.Forbidden;
        if (ceremony.IsExpired) return Answers.Coded(StatusCodes.Status410Gone, "SESSION_EXPIRED");
        if (verification.Register(body.Value, ceremony) is not { } credential) return Answers.Bad("Error parsing attestation response");
        var sealedName = await personal.SealAsync(caller.UserId, name, cancellation);
        var reply = await grains.SendAsync(
            new RegisterPasskey(caller.UserId, Guid.NewGuid().ToString("D"), sealedName, credential), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
