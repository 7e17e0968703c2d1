using System.Text.Json;

namespace Ente.Orleans.Api.Users;

/// <summary>
/// GET /users/two-factor/passkeys/get-token: the device that waits for the browser asks for the answer
/// (api/01 §G). It takes 400 for "not yet", and 404 and 410 for "start again".
/// </summary>
internal static class PasskeyAnswer
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/users/two-factor/passkeys/get-token", Handle).Requires(Requirement.Anyone).Limited(10);

    private static async Task<IResult> Handle(HttpContext http, SecondFactors factors, Clock clock, CancellationToken cancellation)
    {
        var sessionId = Query.Text(http, "sessionID");
        if (sessionId.Length == 0) return Answers.Bad("sessionID is required");
        if (await factors.FetchAsync(SecondFactors.Passkey, sessionId, clock.Now, cancellation) is { } answer)
            return Answers.Ok(JsonSerializer.Deserialize<JsonElement>(answer));
        return await factors.FindAsync(SecondFactors.Passkey, sessionId, clock.Now, cancellation) switch
        {
            null => Answers.NotFound,
            { IsFinished: false } => Answers.Coded(StatusCodes.Status400BadRequest, "SESSION_NOT_VERIFIED"),
            _ => Answers.Coded(StatusCodes.Status410Gone, "INVALID_SESSION"),
        };
    }
}
