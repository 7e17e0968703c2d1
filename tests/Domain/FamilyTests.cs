using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class FamilyTests
{
    private const long Admin = 1;
    private const long Member = 2;

    private static InviteToFamily Invite(long member, string token = "token", long admin = Admin, long? limit = null) =>
        new(admin, member, $"place-{admin}-{member}-{token}", token, $"sealed-{token}", limit, Given.Now);

    private static AcceptFamilyInvitation Accept(long member = Member, string token = "token", long admin = Admin) => new(admin, member, token);

    private static Given Start(params ReadOnlySpan<long> others)
    {
        var given = new Given().User(Admin).User(Member).Done(new CreateFamily(Admin, "place-1", Given.Now));
        foreach (var other in others) given.User(other);
        return given;
    }

    private static Given Joined() => Start().Done(Invite(Member)).Done(Accept());

    private static string StatusOf(Given given, long member = Member) => given.State.FamilyMembers.Held((Admin, member))!.Status;

    [Fact]
    public void A_family_is_created_once_and_not_without_a_running_plan()
    {
        Assert.Empty(Start().When(new CreateFamily(Admin, "other", Given.Now)));
        Assert.Equal(Refusal.BadRequest, Joined().Refused(new CreateFamily(Member, "other", Given.Now)));
        var lapsed = new Given().User(Admin).Allowed(Admin, expiry: Given.Now - 1);
        Assert.Equal(Refusal.PaymentRequired, lapsed.Refused(new CreateFamily(Admin, "place", Given.Now)));
    }

    [Fact]
    public void An_open_invitation_keeps_its_token_and_a_void_one_gets_another()
    {
        var given = Start().Done(Invite(Member, "first", limit: 5));
        Assert.Empty(given.When(Invite(Member, "second")));
        Assert.Equal("first", given.Decide(Invite(Member, "second")).Reply(0).TokenHash);
        given.Done(new RevokeFamilyInvitation(Admin, Admin, Member)).Done(Invite(Member, "third", limit: 7));
        var place = given.State.FamilyMembers.Held((Admin, Member))!;
        Assert.Equal(("third", "place-1-2-first", 5L), (place.TokenHash, place.Id, place.StorageLimit));
        Assert.Equal(Refusal.NotFound, given.Refused(Accept(token: "first")));
    }

    [Fact]
    public void Six_places_are_six()
    {
        var given = Start(3, 4, 5, 6, 7);
        foreach (var member in (long[])[2, 3, 4, 5, 6]) given.Done(Invite(member, $"t{member}"));
        Assert.Equal(Reason.PreconditionFailed, given.Refused(Invite(7)).Reason);
        Assert.Empty(given.When(Invite(6, "again")));
        given.Done(Accept(3, "t3")).Done(new LeaveFamily(3, Admin));
        Assert.Single(given.When(Invite(7)));
    }

    [Theory]
    [InlineData(Admin, Reason.NotAcceptable)]
    [InlineData(null, Reason.NotFound)]
    [InlineData(4L, Reason.NotAcceptable)]
    [InlineData(5L, Reason.Conflict)]
    [InlineData(6L, null)]
    [InlineData(7L, null)]
    public void Who_can_be_invited(long? member, Reason? refused)
    {
        var given = Start(4, 5, 6, 7).Done(new CreateFamily(4, "other", Given.Now))
            .Done(new ChangePlan(0, 5, 1, Given.Now + 1, "50gb", "stripe", "t5"))
            .Done(new ChangePlan(0, 6, 1, Given.Now + 1, "50gb", "stripe", "t6", IsCancelled: true))
            .Done(new ChangePlan(0, 7, 1, Given.Now - (15 * Micros.Day), "50gb", "stripe", "t7"));
        var command = Invite(0) with { MemberId = member };
        Assert.Equal(refused, given.Decide(command).Refusal?.Reason);
    }

    [Fact]
    public void Nobody_is_in_two_families()
    {
        var given = Start(3).Done(new CreateFamily(3, "other", Given.Now)).Done(Invite(Member)).Done(Invite(Member, "other", admin: 3))
            .Done(Accept());
        Assert.Equal(Reason.NotAcceptable, given.Refused(Accept(token: "other", admin: 3)).Reason);
        Assert.Equal(FamilyStatus.Invited, given.State.FamilyMembers.Held((3, Member))!.Status);
        given.Done(new LeaveFamily(Member, Admin)).Done(Accept(token: "other", admin: 3));
        Assert.Equal(3, given.State.Accounts.Held(Member)!.FamilyAdminId);
        Assert.Equal(Refusal.Unauthenticated, given.Refused(Accept()));
    }

    [Fact]
    public void Only_the_admin_removes_and_the_admin_does_not_leave()
    {
        var given = Joined();
        Assert.Equal(Refusal.Forbidden, given.Refused(new RemoveFamilyMember(Member, Admin, Member)));
        Assert.Equal(Refusal.BadRequest, given.Refused(new RemoveFamilyMember(Admin, Admin, Admin)));
        Assert.Equal(Refusal.BadRequest, given.Refused(new RevokeFamilyInvitation(Admin, Admin, Member)));
        Assert.Equal(Refusal.Forbidden, given.Refused(new LeaveFamily(Admin, Admin)));
        given.Done(new RemoveFamilyMember(Admin, Admin, Member));
        Assert.Null(given.State.Accounts.Held(Member)!.FamilyAdminId);
        Assert.Empty(given.When(new RemoveFamilyMember(Admin, Admin, Member)));
        Assert.Empty(given.When(new LeaveFamily(Member, Admin)));
    }

    [Fact]
    public void A_shared_domain_ends_with_the_membership()
    {
        var given = Joined().Done(new SetRemoteValue(Member, "customDomain", "_2:example.org")).Done(new LeaveFamily(Member, Admin));
        Assert.Null(given.State.RemoteValues.Held((Member, "customDomain"))!.Value);
        given = Joined().Done(new SetRemoteValue(Member, "customDomain", "own.example.org")).Done(new LeaveFamily(Member, Admin));
        Assert.Equal("own.example.org", given.State.RemoteValues.Held((Member, "customDomain"))!.Value);
    }

    [Fact]
    public void With_the_admins_account_the_family_ends_and_its_frame_stays()
    {
        var given = Start(3).Done(Invite(Member)).Done(Accept()).Done(Invite(3, "t3"));
        var command = new DeleteUser(Admin, Admin, null, null, Given.Now);
        Assert.Equal([Member], given.Decide(command).Reply(0).RemovedMembers);
        given.Done(command);
        Assert.Equal((FamilyStatus.Removed, FamilyStatus.Revoked, FamilyStatus.Self), (StatusOf(given), StatusOf(given, 3), StatusOf(given, Admin)));
        Assert.Null(given.State.Accounts.Held(Member)!.FamilyAdminId);
        Assert.Equal(Refusal.Gone, given.Refused(Accept(3, "t3")));
    }

    [Fact]
    public void With_a_members_or_an_invitees_account_the_place_is_free()
    {
        var given = Start(3).Done(Invite(Member)).Done(Accept()).Done(Invite(3, "t3"));
        var command = new DeleteUser(Member, Member, null, null, Given.Now);
        Assert.Equal(Admin, given.Decide(command).Reply(0).LeftAdminId);
        given.Done(command).Done(new DeleteUser(3, 3, null, null, Given.Now));
        Assert.Equal((FamilyStatus.Left, FamilyStatus.Declined), (StatusOf(given), StatusOf(given, 3)));
    }

    [Fact]
    public void A_closed_family_is_forgotten()
    {
        var given = Start(3).Done(Invite(Member, limit: 5)).Done(Accept()).Done(Invite(3, "t3")).Done(new CloseFamily(0, Admin));
        Assert.All(given.State.FamilyMembers.AllHeld, m => Assert.Null(m.TokenHash));
        Assert.Equal(Refusal.NotFound, given.Refused(Accept(3, "t3")));
        Assert.Equal(Reason.BadRequest, given.Refused(new CloseFamily(0, Admin)).Reason);
        given.Done(new CreateFamily(Admin, "anew", Given.Now)).Done(Invite(Member, "anew", limit: 9));
        var place = given.State.FamilyMembers.Held((Admin, Member))!;
        Assert.Equal(("place-1-2-anew", 9L), (place.Id, place.StorageLimit));
    }

    [Theory]
    [InlineData(1000L, null)]
    [InlineData(999L, Reason.BadRequest)]
    [InlineData(10_500L, null)]
    [InlineData(10_501L, Reason.StorageExceeded)]
    [InlineData(-1L, Reason.BadRequest)]
    [InlineData(null, null)]
    public void A_limit_lies_between_what_is_stored_and_what_the_family_has(long? limit, Reason? refused)
    {
        var given = Joined();
        var allowance = new Allowance
        {
            UserId = Member,
            PayerId = Admin,
            PlanStorage = 10_000,
            PlanExpiry = Given.Now + 1,
            AddOnStorage = 500,
            OwnUsed = 1000,
        };
        given.State.Load(allowance, 1, 1);
        Assert.Equal(refused, given.Decide(new ChangeFamilyStorageLimit(Admin, Admin, Member, limit, Given.Now)).Refusal?.Reason);
    }

    [Fact]
    public void What_one_member_stores_the_others_can_not_in_the_same_batch()
    {
        const long plan = 1000;
        var given = Joined().Album(10, Admin).Album(20, Member);
        foreach (var user in (long[])[Admin, Member])
        {
            var allowance = new Allowance { UserId = user, PayerId = Admin, PlanStorage = plan, PlanExpiry = Given.Now + 1 };
            given.State.Load(allowance, 1, 1);
        }

        CreateFile File(long user, long album, long bytes) => new(
            user, 100 + user, Apps.Photos, album, "k", "n", new ClaimedObject($"{user}/c", "h", null, bytes, "local"),
            new ClaimedObject($"{user}/t", "h", null, 0, "local"), "m", "h", null, null, null, Given.Now);

        given.Done(File(Admin, 10, plan));
        Assert.Equal(Refusal.StorageExceeded, given.Refused(File(Member, 20, Allowance.Headroom + 1)));
        given.Done(File(Member, 20, Allowance.Headroom));
        Assert.Equal(Allowance.Headroom, given.State.AllowanceOf(Member, Apps.Photos)!.OwnUsed);
    }

    [Fact]
    public void A_members_own_limit_holds_with_the_tolerance()
    {
        var allowance = new Allowance { PlanStorage = 1L << 40, PlanExpiry = Given.Now + 1, OwnUsed = 100, Used = 100, StorageLimit = 200 };
        Assert.Null(allowance.Check(Allowance.Headroom + 100, Apps.Photos, Given.Now));
        Assert.Equal(Refusal.StorageExceeded, allowance.Check(Allowance.Headroom + 101, Apps.Photos, Given.Now));
        Assert.Null(allowance.Check(Allowance.Headroom + 101, Apps.Locker, Given.Now));
        Assert.Null((allowance with { OwnUsed = 200 }).Check(null, Apps.Photos, Given.Now));
    }
}
