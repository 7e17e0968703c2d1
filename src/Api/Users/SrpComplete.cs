namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/srp/complete: the first password of an account (api/01 §D3).</summary>
internal static class SrpComplete
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/srp/complete", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Request(string? SetupID, string? SrpM1);

    private static Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, PasswordSetting setting, CancellationToken cancellation) =>
        Query.Uuid(body.Value.SetupID) is { } id && Required.All(body.Value.SrpM1)
            ? setting.SetAsync(Guid.Parse(id), body.Value.SrpM1!, null, null, caller, client, cancellation)
            : Task.FromResult(Answers.BadRequest);
}

/// <summary>What first password and password change share: prove the set-up, then set it.</summary>
internal sealed class PasswordSetting(SrpHandshake srp, SrpSessions sessions, PersonalData personal, AccountQueries accounts, IGrainHost grains)
{
    private sealed record Response(Guid SetupID, string SrpM2);

    public async Task<IResult> SetAsync(
        Guid setupId, string srpM1, PasswordKeysChanged? keys, string? keepOnlySession, Caller caller, ClientInfo client,
        CancellationToken cancellation)
    {
        if (await sessions.SetupAsync(setupId, caller.UserId, cancellation) is not { } setup) return Answers.NotFound;
        if (await IsTakenAsync(setup, caller, cancellation)) return Answers.Bad("srpUserID is in use");
        var (m2, refusal) = await srp.VerifyAsync(setup.SessionId, setup.Verifier, srpM1, cancellation);
        if (refusal is not null) return refusal;
        var verifier = Convert.ToBase64String(await personal.SealBytesAsync(caller.UserId, setup.Verifier, cancellation));
        var set = new SetPassword(caller.UserId, setup.SrpUserId.ToString("D"), setup.SrpSalt, verifier, keys, keepOnlySession);
        var reply = await grains.SendAsync(set, client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.Ok(new Response(setup.Id, m2));
    }

    private async Task<bool> IsTakenAsync(SrpSetup setup, Caller caller, CancellationToken cancellation) =>
        await accounts.FindBySrpUserAsync(setup.SrpUserId.ToString("D"), cancellation) is { } other && other.Id != caller.UserId;
}
