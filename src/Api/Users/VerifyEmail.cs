namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/verify-email: a code proves the address, and signs in or up (api/01 §C).</summary>
internal static class VerifyEmail
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/verify-email", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? Email, string? Ott, string? Source);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, ApiOptions options, AccountQueries accounts, PersonalData personal, KnownNetworks networks,
        OneTimeCodes codes, IdAllocator ids, IGrainHost grains, LoginAnswers logins, Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        var hash = personal.EmailHash(email);
        var scope = await networks.ScopeAsync((await accounts.FindByEmailAsync(email, cancellation))?.Id, client.Network, cancellation);
        if (await codes.UseAsync(hash, client.App, scope, body.Value.Ott ?? "", clock.Now, cancellation) is { } refusal) return Answers.Of(refusal);

        // Read again: another device may have signed up meanwhile.
        if (await accounts.FindByEmailAsync(email, cancellation) is { } known) return await logins.AnswerAsync(known, client, null, cancellation);
        if (options.DisableRegistration) return Answers.Forbidden;

        var newId = await ids.UserAsync(cancellation);
        await personal.CreateKeyAsync(newId, clock.Now, cancellation);
        var register = new RegisterUser(
            newId, hash, await personal.SealAsync(newId, email, cancellation), body.Value.Source, options.FreePlanStorage,
            clock.Now + FreePlan.Lifetime);
        var registered = await grains.SendAsync(register, client.RequestId, cancellation);
        if (registered.Refusal is { } no) return Answers.Of(no);
        var account = await accounts.FindAsync(registered.Value, cancellation);
        return await logins.AnswerAsync(account!, client, null, cancellation);
    }
}
