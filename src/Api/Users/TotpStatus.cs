namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/two-factor/status and /recovery-status (api/01 §F).</summary>
internal static class TotpStatus
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/two-factor/status", Status).Requires(Requirement.User).Limited(10);
        routes.MapGet("/users/two-factor/recovery-status", RecoveryStatus).Requires(Requirement.User).Limited(10);
    }

    private sealed record StatusResponse(bool Status);

    private sealed record RecoveryResponse(bool AllowAdminReset, bool IsPasskeyRecoveryEnabled);

    private static async Task<IResult> Status(Caller caller, AccountQueries accounts, CancellationToken cancellation) =>
        Answers.Ok(new StatusResponse((await accounts.FindAsync(caller.UserId, cancellation))?.IsTotpEnabled ?? false));

    private static async Task<IResult> RecoveryStatus(Caller caller, AccountQueries accounts, CancellationToken cancellation) =>
        Answers.Ok(new RecoveryResponse(
            AllowAdminReset: true, (await accounts.FindAsync(caller.UserId, cancellation))?.SealedPasskeyRecoverySecret is not null));
}
