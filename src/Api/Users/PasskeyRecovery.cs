namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/two-factor/passkeys/configure-recovery (api/01 §F).</summary>
internal static class PasskeyRecovery
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/two-factor/passkeys/configure-recovery", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Request(string? Secret, string? UserSecretCipher, string? UserSecretNonce);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, PersonalData personal, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Secret, r.UserSecretCipher, r.UserSecretNonce)) return Answers.BadRequest;
        var secret = await personal.SealAsync(caller.UserId, r.Secret!, cancellation);
        var reply = await grains.SendAsync(
            new ConfigurePasskeyRecovery(caller.UserId, secret, r.UserSecretCipher!, r.UserSecretNonce!), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
