namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/locker-usage (api/01 §H).</summary>
internal static class LockerUsage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/users/locker-usage", Handle).Requires(Requirement.Storage);

    private sealed record Response(
        bool IsPaid, bool IsFamily, long UsedFileCount, long FileLimit, long RemainingFileCount, long UsedStorage, long StorageLimit,
        long RemainingStorage, long UserFileCount, long UserStorage);

    private static async Task<IResult> Handle(Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        if (await accounts.AllowanceAsync(caller.UserId, Apps.Locker, cancellation) is not { } a) return Answers.Of(Refusal.UserNotFound);
        return Answers.Ok(new Response(
            IsPaid: true, a.IsFamily, a.LockerFiles, Allowance.LockerFileLimit, Math.Max(0, Allowance.LockerFileLimit - a.LockerFiles),
            a.LockerUsed, Allowance.LockerStorageLimit, Math.Max(0, Allowance.LockerStorageLimit - a.LockerUsed), a.OwnLockerFiles, a.OwnLockerUsed));
    }
}
