namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/two-factor/verify: the code that ends a login (api/01 §F).</summary>
internal static class TotpVerify
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/two-factor/verify", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? SessionID, string? Code);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, AccountQueries accounts, PersonalData personal, SecondFactors factors, FailedAttempts attempts,
        LoginAnswers logins, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.SessionID, r.Code)) return Answers.BadRequest;
        if (await factors.FindAsync(SecondFactors.Totp, r.SessionID!, clock.Now, cancellation) is not { } session) return Answers.NotFound;
        if (!await factors.TryCountAttemptAsync(r.SessionID!, cancellation)
            || await attempts.TryCountAsync("totp", Subject(session), "", SecondFactors.OfAccount, clock.Now, cancellation) is not { } attempt)
        {
            return Answers.Bare(StatusCodes.Status429TooManyRequests);
        }

        var account = await accounts.FindAsync(session.UserId, cancellation);
        if (account is not { IsTotpEnabled: true, IsDeleted: false })
        {
            await TakeBackAsync();
            return Answers.BadRequest;
        }

        var secret = await personal.OpenAsync(account.Id, account.SealedTotpSecret, cancellation);
        var step = secret is null ? null : Crypto.Totp.Verify(secret, r.Code, clock.UtcNow);
        if (step is null || !await factors.TryUseStepAsync(account.Id, step.Value, cancellation)) return Answers.Unauthenticated;
        await TakeBackAsync();
        return await logins.AnswerSecondFactorAsync(account, client, cancellation);

        async Task TakeBackAsync()
        {
            await factors.ForgiveAttemptAsync(r.SessionID!, cancellation);
            await attempts.TakeBackAsync(attempt, cancellation);
        }
    }

    private static string Subject(SecondFactorSession session) => session.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
