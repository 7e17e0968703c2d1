using System.Text.Json.Serialization;
using Ente.Orleans.Api.Billing;
using Ente.Orleans.Api.UserData;
using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Admin;

/// <summary>A user as administrators see one. The command line reads exactly <c>ID</c> (api/06 §9.2).</summary>
internal sealed record AdminUserBody(
    [property: JsonPropertyName("ID")] long Id, string Email, string Name, string? Hash, long CreationTime, long? FamilyAdminID)
{
    public bool? IsTwoFactorEnabled { get; init; }

    public bool? IsEmailMFAEnabled { get; init; }

    public static AdminUserBody Of(Account a, string email) => new(a.Id, email, "", a.EmailHash, a.CreatedAt, a.FamilyAdminId);
}

/// <summary>GET /admin/user, by address or id.</summary>
internal static class GetUser
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/admin/user", Handle).Requires(Requirement.Admin);

    private sealed record Token(long CreationTime, long LastUsedTime, string Ua, bool IsDeleted, string App);

    private sealed record Response(AdminUserBody User, SubscriptionBody Subscription, IReadOnlyList<Token> Tokens, long AuthCodes)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public UserDetailsBody? Details { get; init; }
    }

    private static async Task<IResult> Handle(
        HttpContext http, AccountQueries accounts, UserDetailsBodies details, SessionActivity activity, PersonalData personal,
        CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(Query.Text(http, "email"));
        var id = Query.Number(http, "id");
        if (email.Length == 0 && id is null) return Answers.BadRequest;
        var account = email.Length > 0
            ? await accounts.FindByEmailAsync(email, cancellation)
            : await accounts.FindAsync(id!.Value, cancellation);
        if (account is not { IsDeleted: false }) return Answers.NotFound;
        var address = await personal.OpenAsync(account.Id, account.SealedEmail, cancellation) ?? "";
        var used = await activity.OfUserAsync(account.Id, cancellation);
        var sessions = await accounts.SessionsAsync(account.Id, cancellation);
        return Answers.Ok(new Response(
            AdminUserBody.Of(account, address), SubscriptionBody.Of(account) with { Period = "" },
            [.. sessions.Select(s => TokenOf(s, used.GetValueOrDefault(s.TokenHash)))],
            await accounts.CountEntitiesAsync(account.Id, Authenticator.Type, cancellation))
        {
            Details = await details.OfAsync(account, Apps.Photos, withCounts: false, cancellation),
        });
    }

    private static Token TokenOf(UserSession s, Activity? activity) =>
        new(s.CreatedAt, activity?.LastUsedAt ?? s.CreatedAt, activity?.UserAgent ?? "", s.IsDeleted, s.App);
}
