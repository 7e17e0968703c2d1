using System.Text.Json.Serialization;
using Ente.Orleans.Api.Billing;
using Ente.Orleans.Api.Family;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/details/v2 (api/01 §H).</summary>
internal static class UserDetails
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/users/details/v2", Handle).Requires(Requirement.User);

    private static async Task<IResult> Handle(
        HttpContext http, Caller caller, AccountQueries accounts, UserDetailsBodies bodies, CancellationToken cancellation)
    {
        var withCounts = !http.Request.Query.ContainsKey("memoryCount") || Query.Flag(http, "memoryCount") == true;
        return await accounts.FindAsync(caller.UserId, cancellation) is { IsDeleted: false } account
            && await bodies.OfAsync(account, caller.App, withCounts, cancellation) is { } body
                ? Answers.Ok(body)
                : Answers.Of(Refusal.UserNotFound);
    }
}

/// <summary>An account with plan, family and what it stores. Bytes and microseconds.</summary>
internal sealed record UserDetailsBody(
    string Email, long Usage, SubscriptionBody Subscription, long StorageBonus, ProfileBody ProfileData, BonusesBody BonusData)
{
    /// <summary>Only of who is in a family.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FamilyBody? FamilyData { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FileCount { get; init; }

    /// <summary>Always 0 where it is told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SharedCollectionsCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LockerFamilyUsageBody? LockerFamilyUsage { get; init; }
}

internal sealed record ProfileBody(bool CanDisableEmailMFA, bool IsEmailMFAEnabled, bool IsTwoFactorEnabled, int PasskeyCount);

internal sealed record BonusesBody(IReadOnlyList<BonusBody> StorageBonuses);

internal sealed record BonusBody(long Storage, string Type, long CreatedAt, long ValidTill, bool IsRevoked);

internal sealed record LockerFamilyUsageBody(long FamilyFileCount);

internal sealed class UserDetailsBodies(AccountQueries accounts, FamilyBodies families, PersonalData personal, Clock clock)
{
    /// <summary>Null: there is no such user. Bonuses are those of whoever pays; the usage is the user's own, without the locker's.</summary>
    public async Task<UserDetailsBody?> OfAsync(Account account, string app, bool withCounts, CancellationToken cancellation)
    {
        if (await accounts.AllowanceAsync(account.Id, app, cancellation) is not { } allowance) return null;
        var bonuses = await accounts.BonusesAsync(allowance.PayerId, cancellation);
        var family = await families.OfAsync(account, cancellation);
        return new UserDetailsBody(
            await personal.OpenAsync(account.Id, account.SealedEmail, cancellation) ?? "",
            allowance.OwnUsed - allowance.OwnLockerUsed,
            SubscriptionBody.Of(account),
            allowance.UsableBonus(clock.Now),
            new ProfileBody(account.HasSrp, account.IsEmailMfaEnabled, account.IsTotpEnabled, await accounts.CountPasskeysAsync(account.Id, cancellation)),
            new BonusesBody([.. bonuses.Select(b => new BonusBody(b.Storage, b.Type, b.CreatedAt, b.ValidTill, b.IsRevoked))]))
        {
            // Clients take the family's storage for what can be used; of a plan that has run out that is nothing.
            FamilyData = family is null || allowance.IsPlanActive(clock.Now) ? family : family with { Storage = 0 },
            FileCount = withCounts ? await accounts.FileCountAsync(account.Id, app, cancellation) : null,
            SharedCollectionsCount = withCounts ? 0 : null,
            LockerFamilyUsage = app == Apps.Locker ? new LockerFamilyUsageBody(allowance.LockerFiles) : null,
        };
    }
}
