using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Admin;

/// <summary>The administrator's routes that are served (api/06 §9).</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/user/add-ott", AddCode).Requires(Requirement.Admin);
        routes.MapGet("/admin/user", GetUser).Requires(Requirement.Admin);
        routes.MapPut("/admin/user/subscription", ChangeSubscription).Requires(Requirement.Admin);
        routes.MapPost("/admin/user/bonus", Bonus.Handle).Requires(Requirement.Admin);
        routes.MapDelete("/admin/user/delete", DeleteUser).Requires(Requirement.Admin);
        routes.MapPost("/admin/user/disable-2fa", DisableTwoFactor).Requires(Requirement.Admin);
        DisablePasskeys.Map(routes);
    }

    private sealed record CodeRequest(string? Email, string? Code, string? App, long? ExpiryTime);

    private static async Task<IResult> AddCode(
        Body<CodeRequest> body, PersonalData personal, OneTimeCodes codes, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        var isApp = r.App is Apps.Photos or Apps.Auth or Apps.Locker;
        if (!Required.All(r.Email, r.Code) || r.Code!.Length is < 6 or > 64 || !isApp || r.ExpiryTime is not { } expiry || expiry <= clock.Now)
            return Answers.Bad("email, code, app and a future expiryTime are required");
        await codes.AddAsync(personal.EmailHash(r.Email!), r.App!, r.Code, clock.Now, expiry, cancellation);
        return Answers.EmptyObject;
    }

    private sealed record User(
        [property: System.Text.Json.Serialization.JsonPropertyName("ID")] long Id, string Email, string Name, string? Hash, long CreationTime,
        long? FamilyAdminID, bool? IsTwoFactorEnabled, bool? IsEmailMFAEnabled);

    private sealed record UserResponse(User User, Billing.SubscriptionBody Subscription);

    private static async Task<IResult> GetUser(HttpContext http, AccountQueries accounts, PersonalData personal, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(Query.Text(http, "email"));
        var id = Query.Number(http, "id");
        if (email.Length == 0 && id is null) return Answers.BadRequest;
        var account = email.Length > 0
            ? await accounts.FindByEmailAsync(email, cancellation)
            : await accounts.FindAsync(id!.Value, cancellation);
        if (account is not { IsDeleted: false }) return Answers.NotFound;
        var address = await personal.OpenAsync(account.Id, account.SealedEmail, cancellation) ?? "";
        var user = new User(account.Id, address, "", account.EmailHash, account.CreatedAt, null, null, null);
        return Answers.Ok(new UserResponse(user, Billing.SubscriptionBody.Of(account)));
    }

    private sealed record PlanRequest(
        long? UserID, long? Storage, long? ExpiryTime, string? ProductID, string? PaymentProvider, string? TransactionID);

    private static async Task<IResult> ChangeSubscription(
        Body<PlanRequest> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID, r.Storage, r.ExpiryTime) || !Required.All(r.ProductID, r.TransactionID)) return Answers.BadRequest;
        var reply = await grains.SendAsync(
            new ChangePlan(
                caller.UserId, r.UserID!.Value, r.Storage!.Value, r.ExpiryTime!.Value, r.ProductID!, r.PaymentProvider ?? "", r.TransactionID!),
            client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }

    private static async Task<IResult> DeleteUser(
        HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, Deletions deletions, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(Query.Text(http, "email"));
        if (email.Length == 0) return Answers.BadRequest;
        if (!await AdminTokens.IsFreshAsync(caller, accounts, http, cancellation)) return AdminTokens.TooOld;
        return await accounts.FindByEmailAsync(email, cancellation) is { } account
            ? await deletions.DeleteAsync(caller.UserId, account.Id, "admin", null, client, http, cancellation)
            : Answers.NotFound;
    }

    private sealed record UserRequest(long? UserID);

    private static async Task<IResult> DisableTwoFactor(
        Body<UserRequest> body, HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains,
        CancellationToken cancellation)
    {
        if (!Required.All(body.Value.UserID)) return Answers.BadRequest;
        if (!await AdminTokens.IsFreshAsync(caller, accounts, http, cancellation)) return AdminTokens.TooOld;
        if (await accounts.FindAsync(body.Value.UserID!.Value, cancellation) is null) return Answers.NotFound;
        await grains.SendAsync(new DisableTotp(body.Value.UserID.Value), client.RequestId, cancellation);
        return Answers.EmptyObject;
    }
}

/// <summary>Routes that want a token made at most ten minutes ago (api/06 §9.1).</summary>
internal static class AdminTokens
{
    private const long MaxAge = 10 * Micros.Minute;

    /// <summary>The command line looks for these words.</summary>
    public static IResult TooOld => Answers.Bad("Token is too old");

    public static async Task<bool> IsFreshAsync(Caller caller, AccountQueries accounts, HttpContext http, CancellationToken cancellation) =>
        await accounts.SessionAsync(caller.TokenHash, cancellation) is { } session
        && session.CreatedAt > http.RequestServices.GetRequiredService<Clock>().Now - MaxAge;
}

/// <summary>POST /admin/user/bonus: extra storage for a user (api/06 §9.2).</summary>
internal static class Bonus
{
    private const long GiB = 1L << 30;
    private static readonly HashSet<string> Long = ["ADD_ON_SUPPORT", "ADD_ON_NON_PROFIT"];
    private static readonly HashSet<string> Sale = ["ADD_ON_BF_2023", "ADD_ON_BF_2024"];

    private sealed record Request(
        string? BonusType, string? Action, long? UserID, int? Year, long? StorageInGB, bool? Testing, long? StorageInMB, long? Minute);

    public static Delegate Handle => HandleAsync;

    private static async Task<IResult> HandleAsync(
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
            return r.StorageInMB is > 0 and <= 2_048_000 && r.Minute is > 0 and <= 5_256_000
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
