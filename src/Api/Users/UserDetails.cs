using System.Text.Json.Serialization;
using Ente.Orleans.Api.Billing;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/details/v2 (api/01 §H).</summary>
internal static class UserDetails
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/users/details/v2", Handle).Requires(Requirement.User);

    private sealed record Profile(bool CanDisableEmailMFA, bool IsEmailMFAEnabled, bool IsTwoFactorEnabled, int PasskeyCount);

    private sealed record Bonus(long Storage, string Type, long CreatedAt, long ValidTill, bool IsRevoked);

    private sealed record Bonuses(IReadOnlyList<Bonus> StorageBonuses);

    private sealed record LockerFamilyUsage(long FamilyFileCount);

    private sealed record Response(
        string Email, long Usage, SubscriptionBody Subscription, long StorageBonus, Profile ProfileData, Bonuses BonusData)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? FileCount { get; init; }

        /// <summary>Always 0 where it is told.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? SharedCollectionsCount { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public LockerFamilyUsage? LockerFamilyUsage { get; init; }
    }

    private static async Task<IResult> Handle(
        HttpContext http, Caller caller, AccountQueries accounts, PersonalData personal, Clock clock, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false } account
            || await accounts.AllowanceAsync(caller.UserId, caller.App, cancellation) is not { } allowance)
        {
            return Answers.Of(Refusal.UserNotFound);
        }

        var withCount = !http.Request.Query.ContainsKey("memoryCount") || Query.Flag(http, "memoryCount") == true;
        var bonuses = await accounts.BonusesAsync(caller.UserId, cancellation);
        var plan = allowance.IsPlanActive(clock.Now) ? allowance.PlanStorage : 0;
        return Answers.Ok(new Response(
            await personal.OpenAsync(caller.UserId, account.SealedEmail, cancellation) ?? "",
            allowance.Used - allowance.LockerUsed,
            SubscriptionBody.Of(account),
            Allowance.UsableBonus(allowance.AddOnStorage, allowance.ReferralStorage, plan),
            new Profile(account.HasSrp, account.IsEmailMfaEnabled, account.IsTotpEnabled, await accounts.CountPasskeysAsync(caller.UserId, cancellation)),
            new Bonuses([.. bonuses.Select(b => new Bonus(b.Storage, b.Type, b.CreatedAt, b.ValidTill, b.IsRevoked))]))
        {
            FileCount = withCount ? await accounts.FileCountAsync(caller.UserId, caller.App, cancellation) : null,
            SharedCollectionsCount = withCount ? 0 : null,
            LockerFamilyUsage = caller.App == Apps.Locker ? new LockerFamilyUsage(allowance.LockerFiles) : null,
        });
    }
}
