using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/session-validity/v2: clients poll it, and log out at 401 (api/01 §E).</summary>
internal static class SessionValidity
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/users/session-validity/v2", Handle).Requires(Requirement.User);

    private sealed record Response(bool HasSetKeys)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public KeyAttributesBody? KeyAttributes { get; init; }
    }

    private static async Task<IResult> Handle(Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        var keys = (await accounts.FindAsync(caller.UserId, cancellation))?.KeyAttributes;
        return Answers.Ok(new Response(keys is not null) { KeyAttributes = keys is null ? null : KeyAttributesBody.Of(keys) });
    }
}
