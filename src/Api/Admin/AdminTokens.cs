namespace Ente.Orleans.Api.Admin;

/// <summary>Routes that want a token made at most ten minutes ago (api/06 §9.1).</summary>
internal static class AdminTokens
{
    private const long MaxAge = 10 * Micros.Minute;

    /// <summary>The command line looks for these words.</summary>
    public static IResult TooOld => Answers.Bad("Token is too old");

    public static async Task<bool> IsFreshAsync(Caller caller, AccountQueries accounts, HttpContext http, CancellationToken cancellation) =>
        await accounts.SessionAsync(caller.TokenHash, cancellation) is { } session
        && session.CreatedAt > http.RequestServices.GetRequiredService<Clock>().Now - MaxAge;
}
