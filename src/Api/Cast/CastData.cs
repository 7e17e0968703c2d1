namespace Ente.Orleans.Api.Cast;

/// <summary>GET /cast/cast-data/{deviceCode} and POST /cast/cast-data: how a receiver gets its token and the album's key (api/04 §6.3).</summary>
internal static class CastData
{
    private const int MaxTokenLength = 512;

    // Token, collection id and key under the receiver's public key: some hundred bytes.
    private const int MaxPayloadLength = 16 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Asked every few seconds by a receiver that waits, so without a limit of its own.
        routes.MapGet("/cast/cast-data/{deviceCode}", Poll).Requires(Requirement.Anyone);
        routes.MapPost("/cast/cast-data", Pair).Requires(Requirement.Storage);
    }

    public static IResult UnknownCode => Answers.Coded(StatusCodes.Status404NotFound, "NOT_FOUND", "there is no receiver with this code");

    public static string CodeOf(HttpContext http) => Upper(http.Request.RouteValues["deviceCode"] as string ?? "");

    private static string Upper(string code) =>
        code.Contains('\0', StringComparison.Ordinal) ? throw BadBodyException.Malformed : code.ToUpperInvariant();

    // Null, not 404, tells the receiver to go on asking.
    private sealed record Waiting(string? EncCastData);

    private static async Task<IResult> Poll(HttpContext http, CastSessions casts, CancellationToken cancellation) =>
        await casts.PayloadAsync(CodeOf(http), cancellation) is { } waiting ? Answers.Ok(new Waiting(waiting.EncPayload)) : UnknownCode;

    private sealed record Pairing(long? CollectionID, string? CastToken, string? EncPayload, string? DeviceCode);

    private static async Task<IResult> Pair(
        Body<Pairing> body, Caller caller, CastSessions casts, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !Required.All(r.CastToken, r.EncPayload, r.DeviceCode)) return Answers.BadRequest;
        if (r.CastToken!.Length > MaxTokenLength || r.EncPayload!.Length > MaxPayloadLength) return Answers.Bad("castToken or encPayload is too long");
        var refusal = await casts.PairAsync(
            Upper(r.DeviceCode!), caller.UserId, r.CollectionID!.Value, r.CastToken, r.EncPayload, clock.Now, cancellation);
        return refusal is null ? Answers.EmptyObject : Answers.Of(refusal);
    }
}
