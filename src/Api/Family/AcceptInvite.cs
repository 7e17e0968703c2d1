using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>POST /family/accept-invite: the mailed token is the credential (api/06 §1.2).</summary>
internal static class AcceptInvite
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/family/accept-invite", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? Token);

    private sealed record Response(string AdminEmail, long Storage, long ExpiryTime);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, FamilyQueries families, AccountQueries accounts, IGrainHost grains, FamilyMails mails,
        Clock clock, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.Token)) return Answers.BadRequest;
        var hash = TokenHash.Of(body.Value.Token!);
        if (await families.FindByTokenAsync(hash, cancellation) is not { } place) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new AcceptFamilyInvitation(place.AdminId, place.MemberId, hash), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        var emails = await accounts.EmailsAsync([place.AdminId, place.MemberId], cancellation);
        if (!emails.TryGetValue(place.AdminId, out var admin)
            || await accounts.AllowanceAsync(place.AdminId, Apps.Photos, cancellation) is not { } allowance)
        {
            return Answers.Of(Refusal.Gone);
        }

        if (reply.Value && emails.TryGetValue(place.MemberId, out var member)) mails.Accepted(admin, member);
        return Answers.Ok(new Response(admin, allowance.PlanStorage + allowance.UsableBonus(clock.Now), allowance.PlanExpiry));
    }
}
