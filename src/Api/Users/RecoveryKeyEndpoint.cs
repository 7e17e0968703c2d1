namespace Ente.Orleans.Api.Users;

/// <summary>PUT /users/recovery-key, for accounts from before there were recovery keys (api/01 §E).</summary>
internal static class RecoveryKeyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/users/recovery-key", Handle).Requires(Requirement.User);

    private sealed record Request(
        string? MasterKeyEncryptedWithRecoveryKey, string? MasterKeyDecryptionNonce, string? RecoveryKeyEncryptedWithMasterKey,
        string? RecoveryKeyDecryptionNonce);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        var command = new SetRecoveryKey(
            caller.UserId, r.MasterKeyEncryptedWithRecoveryKey ?? "", r.MasterKeyDecryptionNonce ?? "",
            r.RecoveryKeyEncryptedWithMasterKey ?? "", r.RecoveryKeyDecryptionNonce ?? "");
        return Answers.EmptyOr(await grains.SendAsync(command, client.RequestId, cancellation));
    }
}
