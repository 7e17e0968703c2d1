using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>A family on the wire: also <c>familyData</c> of the user's details. Bytes and microseconds (api/06 §1.2).</summary>
internal sealed record FamilyBody(IReadOnlyList<FamilyMemberBody> Members, long Storage, long ExpiryTime, long AdminBonus);

internal sealed record FamilyMemberBody(string Id, string Email, string Status, long? StorageLimit, long Usage, bool IsAdmin);

/// <summary>Every member sees the same: all places, and the admin's plan.</summary>
internal sealed class FamilyBodies(FamilyQueries families, AccountQueries accounts, Clock clock)
{
    /// <summary>Null: the user is in no family.</summary>
    public async Task<FamilyBody?> OfAsync(Account user, CancellationToken cancellation)
    {
        if (user.FamilyAdminId is not { } adminId) return null;
        if (await accounts.AllowanceAsync(adminId, Apps.Photos, cancellation) is not { } allowance) return null;
        var places = await families.PlacesAsync(adminId, cancellation);
        var emails = await accounts.EmailsAsync([.. places.Select(p => p.Member.MemberId)], cancellation);
        return new FamilyBody(
            [
                .. places.Select(p => new FamilyMemberBody(
                    p.Member.Id, emails.GetValueOrDefault(p.Member.MemberId, ""), p.Member.Status, p.Member.StorageLimit,
                    p.Member.Status == FamilyStatus.Invited ? 0 : p.Usage, p.Member.MemberId == adminId)),
            ],
            allowance.PlanStorage, allowance.PlanExpiry, allowance.UsableBonus(clock.Now));
    }
}
