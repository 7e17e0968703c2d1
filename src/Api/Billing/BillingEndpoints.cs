using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Billing;

/// <summary>GET /billing/user-plans and /billing/subscription: an instance of one's own sells nothing (api/06).</summary>
internal static class BillingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/billing/user-plans", Plans).Requires(Requirement.User);
        routes.MapGet("/billing/subscription", Subscription).Requires(Requirement.User);
    }

    private sealed record FreePlanBody(long Storage, int Duration, string Period);

    private sealed record PlansResponse(IReadOnlyList<string> Plans, FreePlanBody FreePlan);

    private static IResult Plans(ApiOptions options) =>
        Answers.Ok(new PlansResponse([], new FreePlanBody(options.FreePlanStorage, 100, "year")));

    private sealed record SubscriptionResponse(SubscriptionBody Subscription);

    private static async Task<IResult> Subscription(Caller caller, AccountQueries accounts, CancellationToken cancellation) =>
        await accounts.FindAsync(caller.UserId, cancellation) is { } account
            ? Answers.Ok(new SubscriptionResponse(SubscriptionBody.Of(account)))
            : Answers.NotFound;
}

/// <summary>A subscription on the wire (api/01 §H).</summary>
internal sealed record SubscriptionBody(
    long Id, long UserID, string ProductID, long Storage, string OriginalTransactionID, long ExpiryTime, string PaymentProvider,
    SubscriptionAttributes Attributes, string Price, string Period)
{
    public static SubscriptionBody Of(Account a) => new(
        a.Id, a.Id, a.PlanProduct, a.PlanStorage, a.PlanTransaction, a.PlanExpiry, a.PlanProvider,
        new SubscriptionAttributes { IsCancelled = a.IsPlanCancelled }, "", "year");
}

internal sealed record SubscriptionAttributes
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsCancelled { get; init; }
}
