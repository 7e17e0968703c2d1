namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/srp/update: a change of password (api/01 §D3).</summary>
internal static class SrpUpdate
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/srp/update", Handle).Requires(Requirement.User).Limited(10);

    private sealed record Request(string? SetupID, string? SrpM1, Keys? UpdatedKeyAttr, bool? LogOutOtherDevices);

    private sealed record Keys(string? KekSalt, string? EncryptedKey, string? KeyDecryptionNonce, long? MemLimit, long? OpsLimit);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, PasswordSetting setting, Tokens tokens, CancellationToken cancellation)
    {
        var r = body.Value;
        if (Query.Uuid(r.SetupID) is not { } id || !Required.All(r.SrpM1) || r.UpdatedKeyAttr is not { } k) return Answers.BadRequest;
        if (!Required.All(k.KekSalt, k.EncryptedKey, k.KeyDecryptionNonce) || !Required.All(k.MemLimit, k.OpsLimit)) return Answers.BadRequest;
        if (KeyAttributes.CheckStrength(k.MemLimit!.Value, k.OpsLimit!.Value) is { } weak) return Answers.Of(weak);
        var keys = new PasswordKeysChanged(
            caller.UserId, k.KekSalt!, k.EncryptedKey!, k.KeyDecryptionNonce!, k.MemLimit.Value, k.OpsLimit.Value);
        var keepOnly = r.LogOutOtherDevices == false ? null : caller.TokenHash;
        var answer = await setting.SetAsync(Guid.Parse(id), r.SrpM1!, keys, keepOnly, caller, client, cancellation);
        if (keepOnly is not null) await tokens.EndedAllAsync(caller.UserId, cancellation);
        return answer;
    }
}
