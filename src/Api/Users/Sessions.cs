namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/sessions and DELETE /users/session (api/01 §E).</summary>
internal static class Sessions
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/sessions", List).Requires(Requirement.User);
        routes.MapDelete("/users/session", End).Requires(Requirement.User);
    }

    private sealed record Entry(string Token, long CreationTime, string Ip, string Ua, string PrettyUA, long LastUsedTime);

    private sealed record Response(IReadOnlyList<Entry> Sessions);

    private static async Task<IResult> List(Caller caller, AccountQueries accounts, SessionActivity activity, CancellationToken cancellation)
    {
        var known = await activity.OfUserAsync(caller.UserId, cancellation);
        var sessions = await accounts.SessionsAsync(caller.UserId, caller.App, cancellation);
        return Answers.Ok(new Response([.. sessions.Select(s => Of(s, known.GetValueOrDefault(s.TokenHash)))]));
    }

    // After a restore the tokens themselves are not known any more; their hash names them as well.
    private static Entry Of(UserSession session, Activity? activity)
    {
        var agent = activity?.UserAgent;
        return new Entry(
            activity?.Token ?? session.TokenHash, session.CreatedAt, activity?.Address ?? "Unknown IP", agent ?? "Unknown Device",
            agent is null ? "Unknown Device" : UserAgentText.Short(agent), activity?.LastUsedAt ?? session.CreatedAt);
    }

    private static async Task<IResult> End(
        HttpContext http, Caller caller, ClientInfo client, Tokens tokens, CancellationToken cancellation)
    {
        var named = Query.Text(http, "token");
        await tokens.EndAsync(caller.UserId, TokenHash.Of(named), client, cancellation);
        if (named.Length == 44) await tokens.EndAsync(caller.UserId, named, client, cancellation);
        return Answers.EmptyObject;
    }
}
