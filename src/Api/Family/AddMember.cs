using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>POST /family/add-member: invites a user by mail, or mails the open invitation again (api/06 §1.2).</summary>
internal static class AddMember
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/family/add-member", Handle).Requires(Requirement.FamiliesJwt).Limited(10);

    private sealed record Request(string? Email, long? StorageLimit);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, PersonalData personal, IGrainHost grains,
        FamilyMails mails, Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        if (email.Length == 0) return Answers.BadRequest;
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false }) return Answers.Of(Refusal.Gone);
        var member = await accounts.FindByEmailAsync(email, cancellation);
        var token = Base64Text.EncodeUrl(Secrets.RandomBytes(32));
        var command = new InviteToFamily(
            caller.UserId, member?.Id, Guid.NewGuid().ToString("D"), TokenHash.Of(token),
            await personal.SealAsync(caller.UserId, token, cancellation), body.Value.StorageLimit, clock.Now);
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);

        // Not the token made above when the invitation was open already.
        var open = await personal.OpenAsync(caller.UserId, reply.Value!.SealedToken, cancellation)
            ?? throw new InvalidOperationException($"the token of place {reply.Value.Id} can not be opened");
        await mails.InvitedAsync(caller.UserId, email, open, cancellation);
        return Answers.Empty;
    }
}
