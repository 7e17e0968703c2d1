using Ente.Orleans.Api.Users;

namespace Ente.Orleans.Api.Family;

/// <summary>Who is told of what happens in a family (api/06 §1.1).</summary>
internal sealed class FamilyMails(AccountQueries accounts, Notices notices, ApiOptions options)
{
    /// <summary>The invitation, with the link that accepts it.</summary>
    public async Task InvitedAsync(long adminId, string member, string token, CancellationToken cancellation)
    {
        if (!(await accounts.EmailsAsync([adminId], cancellation)).TryGetValue(adminId, out var admin)) return;
        notices.Send("an invitation into a family", Mails.FamilyInvitation(member, admin, $"{options.Apps.Family}?inviteToken={Uri.EscapeDataString(token)}"));
    }

    public void Accepted(string admin, string member) => notices.Send("a new member of a family", Mails.FamilyJoined(admin, member));

    public async Task RemovedAsync(IReadOnlyList<long> members, CancellationToken cancellation)
    {
        foreach (var email in (await accounts.EmailsAsync(members, cancellation)).Values) notices.Send("the end of a membership in a family", Mails.FamilyRemoved(email));
    }

    public async Task LeftAsync(long adminId, string member, CancellationToken cancellation)
    {
        if ((await accounts.EmailsAsync([adminId], cancellation)).TryGetValue(adminId, out var admin))
            notices.Send("a member who left a family", Mails.FamilyLeft(admin, member));
    }
}
