namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/add-ott: a one-time code of the administrator's choice (api/06 §9.2).</summary>
internal static class AddCode
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/user/add-ott", Handle).Requires(Requirement.Admin);

    private sealed record Request(string? Email, string? Code, string? App, long? ExpiryTime);

    private static async Task<IResult> Handle(
        Body<Request> body, PersonalData personal, OneTimeCodes codes, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Email, r.Code, r.App) || !Required.All(r.ExpiryTime)) return Answers.BadRequest;
        if (r.Code!.Length is < 6 or > 64) return Answers.Bad("the code must have 6 to 64 characters");
        if (r.App is not (Apps.Photos or Apps.Auth or Apps.Locker)) return Answers.Bad("unknown app");
        if (r.ExpiryTime <= clock.Now) return Answers.Bad("expiryTime is past");
        await codes.AddAsync(personal.EmailHash(r.Email!), r.App, KnownNetworks.Elsewhere, r.Code, clock.Now, r.ExpiryTime!.Value, cancellation);
        return Answers.EmptyObject;
    }
}
