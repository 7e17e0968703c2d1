using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Admin;

/// <summary>PUT /admin/user/change-email; the old address is told (api/06 §9.2).</summary>
internal static class ChangeUserEmail
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/admin/user/change-email", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID, string? Email);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, PersonalData personal, IGrainHost grains,
        Notices notices, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        if (!Required.All(body.Value.UserID) || email.Length is 0 or > 254) return Answers.BadRequest;
        if (await accounts.FindAsync(body.Value.UserID!.Value, cancellation) is not { } account) return Answers.NotFound;
        if (account.IsDeleted) return Answers.Of(Refusal.Gone);
        var old = await personal.OpenAsync(account.Id, account.SealedEmail, cancellation);
        var sealedEmail = await personal.SealAsync(account.Id, email, cancellation);
        var reply = await grains.SendAsync(
            new ChangeEmail(account.Id, personal.EmailHash(email), sealedEmail, caller.UserId), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        if (old is not null) notices.Send("a changed address", Mails.EmailChanged(old, email));
        return Answers.EmptyObject;
    }
}
