namespace Ente.Orleans.Api.Passkeys;

/// <summary>GET /passkeys. No passkeys are <c>null</c>, not an empty list.</summary>
internal static class ListPasskeys
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/passkeys", Handle).Requires(Requirement.AccountsJwt);

    private sealed record Item(string Id, long UserID, string FriendlyName, long CreatedAt);

    private sealed record Response(string AccountsUrl, IReadOnlyList<Item>? Passkeys);

    private static async Task<IResult> Handle(
        Caller caller, AccountQueries accounts, PersonalData personal, ApiOptions options, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false }) return Answers.Of(Refusal.Gone);
        var items = new List<Item>();
        foreach (var p in await accounts.PasskeysAsync(caller.UserId, cancellation))
            items.Add(new Item(p.Id, p.UserId, await personal.OpenAsync(p.UserId, p.SealedName, cancellation) ?? "", p.CreatedAt));
        return Answers.Ok(new Response(options.Apps.Accounts, items.Count == 0 ? null : items));
    }
}
