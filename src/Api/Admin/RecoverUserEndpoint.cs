namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/recover: takes a deletion back, under the same or another address (api/06 §9.2).</summary>
internal static class RecoverUserEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/user/recover", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID, string? EmailID);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, PersonalData personal, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.UserID) || !Required.All(r.EmailID)) return Answers.BadRequest;
        var email = PersonalData.Normalise(r.EmailID!);
        if (!email.Contains('@', StringComparison.Ordinal) || email.Length > 254) return Answers.Bad("no e-mail address");
        if (await accounts.FindAsync(r.UserID!.Value, cancellation) is not { } account) return Answers.NotFound;
        if (!account.IsDeleted) return Answers.Bad("the account is active");
        if (account.KeyAttributes is null || !await personal.HasKeyAsync(account.Id, cancellation))
            return Answers.Bad("the account's keys are gone");
        var hash = personal.EmailHash(email);
        var reply = await grains.SendAsync(
            new RecoverUser(account.Id, hash, await personal.SealAsync(account.Id, email, cancellation), caller.UserId),
            client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        return reply.Value
            ? Answers.EmptyObject
            : Answers.Coded(StatusCodes.Status409Conflict, "CONFLICT", "somebody else has that address");
    }
}
