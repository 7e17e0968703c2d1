namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/deletion-summary (api/01 §H).</summary>
internal static class DeletionSummary
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/users/deletion-summary", Handle).Requires(Requirement.User);

    private sealed record Response(long PhotosAndVideosCount, long AuthenticatorCodesCount, long LockerRecordsCount);

    private static async Task<IResult> Handle(Caller caller, AccountQueries accounts, CancellationToken cancellation) =>
        Answers.Ok(new Response(
            await accounts.FileCountAsync(caller.UserId, Apps.Photos, cancellation),
            await accounts.CountEntitiesAsync(caller.UserId, UserData.Authenticator.Type, cancellation),
            await accounts.FileCountAsync(caller.UserId, Apps.Locker, cancellation)));
}
