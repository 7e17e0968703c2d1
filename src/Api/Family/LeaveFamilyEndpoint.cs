using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>DELETE /family/leave (api/06 §1.2): the apps' own tokens, since it is in their settings.</summary>
internal static class LeaveFamilyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/family/leave", Handle).Requires(Requirement.User);

    private static async Task<IResult> Handle(
        Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, FamilyMails mails, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { FamilyAdminId: { } adminId }) return Answers.Empty;
        var reply = await grains.SendAsync(new LeaveFamily(caller.UserId, adminId), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        if (reply.Value && (await accounts.EmailsAsync([caller.UserId], cancellation)).TryGetValue(caller.UserId, out var email))
            await mails.LeftAsync(adminId, email, cancellation);
        return Answers.Empty;
    }
}
