namespace Ente.Orleans.Api.Cast;

/// <summary>Receivers: registering one, the sender's look at them, and their end (api/04 §6.3).</summary>
internal static class DeviceInfo
{
    private const int MaxPublicKeyLength = 512;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/cast/device-info", Register).Requires(Requirement.Anyone).Limited(10);
        routes.MapGet("/cast/device-info", List).Requires(Requirement.Storage);
        routes.MapGet("/cast/device-info/{deviceCode}", PublicKey).Requires(Requirement.Storage);
        routes.MapDelete("/cast/device-info/{deviceID}", Revoke).Requires(Requirement.Storage);
        routes.MapDelete("/cast/revoke-all-tokens", RevokeAll).Requires(Requirement.Storage);
    }

    private sealed record Registration(string? PublicKey);

    private sealed record Registered(string DeviceCode);

    private static async Task<IResult> Register(
        Body<Registration> body, ClientInfo client, CastSessions casts, Clock clock, CancellationToken cancellation)
    {
        var key = body.Value.PublicKey;
        if (!Required.All(key)) return Answers.BadRequest;
        if (key!.Length > MaxPublicKeyLength) return Answers.Bad("publicKey is too long");
        return Answers.Ok(new Registered(await casts.RegisterAsync(key, client.Address, clock.Now, cancellation)));
    }

    private sealed record Device(string DeviceID, long CollectionID, string DeviceIP, long LastUsedAt);

    private sealed record Devices([property: System.Text.Json.Serialization.JsonPropertyName("devices")] IReadOnlyList<Device> All);

    private static async Task<IResult> List(Caller caller, CastSessions casts, CancellationToken cancellation) =>
        Answers.Ok(new Devices(
            [.. (await casts.OfUserAsync(caller.UserId, cancellation)).Select(r =>
                new Device(r.DeviceId.ToString("D"), r.CollectionId, r.Address, r.LastUsedAt))]));

    private sealed record Key(string PublicKey);

    private static async Task<IResult> PublicKey(HttpContext http, CastSessions casts, CancellationToken cancellation) =>
        await casts.PublicKeyAsync(CastData.CodeOf(http), cancellation) is { } key ? Answers.Ok(new Key(key)) : CastData.UnknownCode;

    private static async Task<IResult> Revoke(string deviceID, Caller caller, CastSessions casts, CancellationToken cancellation)
    {
        if (Query.Uuid(deviceID) is not { } id) return Answers.BadRequest;
        await casts.RevokeAsync(caller.UserId, Guid.Parse(id), cancellation);
        return Answers.EmptyObject;
    }

    private static async Task<IResult> RevokeAll(Caller caller, CastSessions casts, CancellationToken cancellation)
    {
        await casts.RevokeAllAsync(caller.UserId, cancellation);
        return Answers.EmptyObject;
    }
}
