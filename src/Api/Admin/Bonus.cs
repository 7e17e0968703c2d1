namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/bonus: extra storage for a user (api/06 §9.2).</summary>
internal static class Bonus
{
    private const long GiB = 1L << 30;
    private static readonly HashSet<string> Long = ["ADD_ON_SUPPORT", "ADD_ON_NON_PROFIT"];
    private static readonly HashSet<string> Sale = ["ADD_ON_BF_2023", "ADD_ON_BF_2024"];

    private sealed record Request(
        string? BonusType, string? Action, long? UserID, int? Year, long? StorageInGB, bool? Testing, long? StorageInMB, long? Minute);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/user/bonus", Handle).Requires(Requirement.Admin);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID) || r.BonusType is null || !(Long.Contains(r.BonusType) || Sale.Contains(r.BonusType)))
            return Answers.Bad("unknown bonus");
        if (await accounts.FindAsync(r.UserID!.Value, cancellation) is null) return Answers.NotFound;
        var existing = (await accounts.BonusesAsync(r.UserID.Value, cancellation)).Find(b => b.BonusId == r.BonusType && !b.IsRevoked);
        if (r.Action == "REMOVE")
        {
            if (existing is null) return Answers.Bad("no such bonus");
            await grains.SendAsync(new RevokeBonus(caller.UserId, r.UserID.Value, r.BonusType), client.RequestId, cancellation);
            return Answers.EmptyObject;
        }

        if (r.Action is not ("ADD" or "UPDATE")) return Answers.Bad("unknown action");
        if (Amount(r, clock.Now) is not { } amount) return Answers.Bad("years or storage out of range");
        if (r.Action == "UPDATE" && existing is null) return Answers.EmptyObject;
        if (r.Action == "ADD" && existing is not null) return Answers.Coded(StatusCodes.Status409Conflict, "ALREADY_EXISTS");
        var grant = new GrantBonus(caller.UserId, r.UserID.Value, r.BonusType, r.BonusType, amount.Storage, amount.ValidTill);
        var reply = await grains.SendAsync(grant, client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }

    private static (long Storage, long ValidTill)? Amount(Request r, long now)
    {
        if (r.Testing == true)
        {
            // A negative time makes one that is over, to see what becomes of it.
            return r.StorageInMB is > 0 and <= 2_048_000 && r.Minute is not 0 and >= -5_256_000 and <= 5_256_000
                ? (r.StorageInMB.Value << 20, now + (r.Minute.Value * Micros.Minute))
                : null;
        }

        if (r.Year is not { } years || r.StorageInGB is not { } gigabytes) return null;
        var fits = Long.Contains(r.BonusType!)
            ? years is >= 1 and <= 100 && gigabytes is >= 1 and <= 2000
            : years is 3 or 5 or 10 && gigabytes is 50 or 200 or 500 or 1000 or 2000;
        return fits ? (gigabytes * GiB, DateTimeOffset.FromUnixTimeMilliseconds(now / 1000).AddYears(years).ToUnixTimeMilliseconds() * 1000) : null;
    }
}
