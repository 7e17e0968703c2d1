using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/srp/setup: offers a new password, which complete or update then prove (api/01 §D3).</summary>
internal static class SrpSetupPassword
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/srp/setup", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Request(string? SrpUserID, string? SrpSalt, string? SrpVerifier, string? SrpA);

    private sealed record Response(Guid SetupID, string SrpB);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, SrpHandshake srp, SrpSessions sessions, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (Query.Uuid(r.SrpUserID) is not { } id || !Required.All(r.SrpSalt, r.SrpVerifier, r.SrpA)) return Answers.BadRequest;
        if (!WireBase64.TryDecode(r.SrpVerifier, out var verifier) || verifier.Length is 0 or > Crypto.Srp.GroupSize || r.SrpSalt!.Length > 1024)
            return Answers.Bad("invalid verifier");
        var (session, b, refusal) = await srp.StartAsync(
            Guid.Parse(id), $"user {caller.UserId}", r.SrpA!, verifier, mayBeShort: true, cancellation);
        if (refusal is not null) return refusal;
        var setup = new SrpSetup(Guid.NewGuid(), session, caller.UserId, Guid.Parse(id), r.SrpSalt!, verifier);
        await sessions.AddSetupAsync(setup, clock.Now, cancellation);
        return Answers.Ok(new Response(setup.Id, b));
    }
}
