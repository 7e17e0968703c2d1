using Ente.Orleans.Domain.Accounts;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class PasskeyTests
{
    private static RegisterPasskey Register(long user, string id, string? credential = null, long signCount = 0) =>
        new(user, id, $"sealed {id}", new PasskeyCredential(credential ?? $"credential of {id}", "key", ["usb"], "example.org", signCount));

    [Fact]
    public void A_registered_passkey_is_its_owners()
    {
        var given = new Given().User(1).User(2).Done(Register(1, "p", signCount: 3));
        var passkey = Assert.Single(Live(given, 1));
        Assert.Equal(("p", "sealed p", "credential of p", 3L), (passkey.Id, passkey.SealedName, passkey.CredentialId, passkey.SignCount));
        Assert.Equal(["usb"], passkey.Transports);
        Assert.Empty(Live(given, 2));
        Assert.Null(given.State.PasskeyOf(2, "p"));
    }

    [Fact]
    public void The_tenth_is_the_last_and_a_removed_one_makes_room()
    {
        var given = new Given().User(1).User(2);
        for (var i = 0; i < 10; i++) given.Done(Register(1, $"p{i}"));
        Assert.Equal("MAX_PASSKEYS_REACHED", given.Refused(Register(1, "p10")).Code);
        Assert.Single(given.When(Register(2, "p10")));
        given.Done(new RemovePasskey(1, "p3")).Done(Register(1, "p10"));
        Assert.Equal("MAX_PASSKEYS_REACHED", given.Refused(Register(1, "p11")).Code);
    }

    [Fact]
    public void A_credential_is_registered_once_over_all_users()
    {
        var given = new Given().User(1).User(2).Done(Register(1, "p", "credential"));
        Assert.Equal((Reason.Conflict, "ALREADY_EXISTS"), Parts(given.Refused(Register(1, "q", "credential"))));
        Assert.Equal((Reason.Conflict, "ALREADY_EXISTS"), Parts(given.Refused(Register(2, "q", "credential"))));
        given.Done(new RemovePasskey(1, "p"));
        Assert.Single(given.When(Register(2, "q", "credential")));
    }

    [Fact]
    public void Only_the_owner_renames_and_removes()
    {
        var given = new Given().User(1).User(2).Done(Register(1, "p"));
        Assert.Empty(given.When(new RenamePasskey(2, "p", "stolen")));
        Assert.Empty(given.When(new RemovePasskey(2, "p")));
        Assert.Empty(given.When(new RenamePasskey(1, "unknown", "name")));
        Assert.Empty(given.When(new RemovePasskey(1, "unknown")));
        given.Done(new RenamePasskey(1, "p", "other name"));
        Assert.Equal("other name", given.State.Passkeys.Held("p")!.SealedName);
        given.Done(new RemovePasskey(1, "p"));
        Assert.Empty(given.When(new RenamePasskey(1, "p", "name")));
        Assert.Empty(given.When(new RemovePasskey(1, "p")));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, false)]
    [InlineData(5, 6, false)]
    [InlineData(5, 5, true)]
    [InlineData(5, 4, true)]
    [InlineData(5, 0, true)]
    public void A_counter_that_does_not_rise_is_told_but_refuses_nothing(long before, long shown, bool fell)
    {
        var given = new Given().User(1).Done(Register(1, "p", signCount: before));
        var use = new UsePasskey(1, "p", shown);
        Assert.Equal(fell, given.Decide(use).Reply(0).CounterFell);
        Assert.Equal(new PasskeyUsed(1, "p", shown), Assert.Single(given.When(use)));
        Assert.Equal(shown, given.Done(use).State.Passkeys.Held("p")!.SignCount);
    }

    [Fact]
    public void A_removed_passkey_and_one_of_somebody_else_prove_nothing()
    {
        var given = new Given().User(1).User(2).Done(Register(1, "p"));
        Assert.Equal(Reason.Unauthenticated, given.Refused(new UsePasskey(2, "p", 1)).Reason);
        given.Done(new RemovePasskey(1, "p"));
        Assert.Equal(Reason.Unauthenticated, given.Refused(new UsePasskey(1, "p", 1)).Reason);
    }

    [Fact]
    public void An_administrator_takes_all_of_one_user()
    {
        var given = new Given().User(1).User(2).Done(Register(1, "b")).Done(Register(1, "a")).Done(Register(2, "c"));
        var removed = Assert.IsType<PasskeysRemoved>(Assert.Single(given.When(new RemoveAllPasskeys(9, 1))));
        Assert.Equal(["a", "b"], removed.PasskeyIds);
        given.Done(new RemoveAllPasskeys(9, 1));
        Assert.Empty(Live(given, 1));
        Assert.Single(Live(given, 2));
        Assert.Empty(given.When(new RemoveAllPasskeys(9, 1)));
        Assert.Equal(Refusal.NotFound, given.Refused(new RemoveAllPasskeys(9, 77)));
    }

    [Fact]
    public void A_deleted_account_changes_no_passkeys_and_has_them_again_when_it_comes_back()
    {
        var given = new Given().User(1).Done(Register(1, "p")).Done(new DeleteUser(1, 1, null, null, Given.Now));
        Assert.Equal(Refusal.Gone, given.Refused(Register(1, "q")));
        Assert.Equal(Refusal.Gone, given.Refused(new RenamePasskey(1, "p", "name")));
        Assert.Equal(Refusal.Gone, given.Refused(new RemovePasskey(1, "p")));
        given.Done(new RecoverUser(1, "hash-1", "sealed"));
        Assert.Single(given.When(new RemovePasskey(1, "p")));
    }

    private static (Reason Reason, string? Code) Parts(Refusal refusal) => (refusal.Reason, refusal.Code);

    private static List<Passkey> Live(Given given, long userId) =>
        [.. given.State.Passkeys.AllHeld.Where(p => p.UserId == userId && !p.IsDeleted)];
}
