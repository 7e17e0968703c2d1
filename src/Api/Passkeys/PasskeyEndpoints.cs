namespace Ente.Orleans.Api.Passkeys;

/// <summary>The routes of the accounts app, which has a scoped JWT only (api/01 §G). Of a deleted account all of them answer 410.</summary>
internal static class PasskeyEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ListPasskeys.Map(routes);
        RenamePasskeyEndpoint.Map(routes);
        RemovePasskeyEndpoint.Map(routes);
        BeginRegistration.Map(routes);
        FinishRegistration.Map(routes);
    }

    /// <summary>The name that a request gives a passkey; null when it is not one of 1 to 256 bytes.</summary>
    public static string? FriendlyName(HttpContext http)
    {
        var name = Query.Text(http, "friendlyName");
        return System.Text.Encoding.UTF8.GetByteCount(name) is > 0 and <= 256 ? name : null;
    }

    public static IResult NoFriendlyName => Answers.Bad("friendlyName must be between 1 and 256 characters");
}
