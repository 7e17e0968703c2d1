namespace Ente.Orleans.Api.Admin;

/// <summary>PUT /admin/user/subscription: another plan, the most frequent task of those who host for others (api/06 §9.2).</summary>
internal static class ChangeSubscription
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/admin/user/subscription", Handle).Requires(Requirement.Admin);

    private sealed record PlanAttributes(bool? IsCancelled);

    private sealed record Request(
        long? UserID, long? Storage, long? ExpiryTime, string? ProductID, string? PaymentProvider, string? TransactionID,
        PlanAttributes? Attributes);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID, r.Storage, r.ExpiryTime) || !Required.All(r.ProductID, r.TransactionID)) return Answers.BadRequest;
        var reply = await grains.SendAsync(
            new ChangePlan(
                caller.UserId, r.UserID!.Value, r.Storage!.Value, r.ExpiryTime!.Value, r.ProductID!, r.PaymentProvider ?? "", r.TransactionID!,
                r.Attributes?.IsCancelled ?? false),
            client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.EmptyObject;
    }
}
