using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class AccountTests
{
    private static KeyAttributes Keys(long mem, long ops) => new("s", "", "k", "n", "p", "e", "n", mem, ops, "", "", "", "");

    [Theory]
    [InlineData(268435456, 16, true)]
    [InlineData(134217728, 32, true)]
    [InlineData(1073741824, 4, true)]
    [InlineData(67108864, 64, false)]
    [InlineData(268435456, 15, false)]
    [InlineData(long.MaxValue, 2, false)]
    [InlineData(-1, -4294967296, false)]
    public void Key_derivation_must_be_strong(long mem, long ops, bool isStrong) =>
        Assert.Equal(isStrong, KeyAttributes.CheckStrength(mem, ops) is null);

    [Fact]
    public void An_address_has_one_account()
    {
        var register = new RegisterUser(1, "hash", "sealed", null, 1, 1);
        var given = new Given().Done(register);
        Assert.Empty(given.When(register with { NewId = 2 }));
        Assert.Equal(1, given.Decide((register with { NewId = 2 })).Reply(0));
    }

    [Fact]
    public void Key_attributes_are_set_once()
    {
        var given = new Given().User(1);
        Assert.Equal(Refusal.Forbidden, given.Refused(new SetKeyAttributes(1, Keys(268435456, 16))));
    }

    [Fact]
    public void A_password_change_ends_the_other_sessions()
    {
        var given = new Given().User(1).Done(new StartSession(1, "here", Apps.Photos)).Done(new StartSession(1, "there", Apps.Auth))
            .Done(new SetPassword(1, "srp", "salt", "sealed", new PasswordKeysChanged(1, "s", "k", "n", 268435456, 16), "here"));
        Assert.False(given.State.Sessions.Held("here")!.IsDeleted);
        Assert.True(given.State.Sessions.Held("there")!.IsDeleted);
        Assert.Equal("BAD_REQUEST", given.Refused(new SetPassword(1, "srp2", "salt", "sealed", null, null)).Code);
    }

    [Fact]
    public void Nobody_ends_sessions_of_others()
    {
        var given = new Given().User(1).User(2).Done(new StartSession(1, "token", Apps.Photos));
        Assert.Empty(given.When(new EndSession(2, "token")));
        Assert.Single(given.When(new EndSession(1, "token")));
    }

    [Fact]
    public void A_deleted_user_leaves_nothing_shared_and_can_come_back()
    {
        var given = new Given().User(1).User(2).Album(10, 1).Album(20, 2).Shared(10, 2, Roles.Viewer).Shared(20, 1, Roles.Collaborator)
            .File(100, 1, 10).Member(20, 100, 1)
            .Done(new CreateLink(1, 10, 1, "hash", "sealed", 0, 0, false, false, true, Given.Now))
            .Done(new StartSession(1, "token", Apps.Photos))
            .Done(new DeleteUser(1, 1, "reason", null, Given.Now));
        Assert.All(given.State.Shares.AllHeld, s => Assert.True(s.IsDeleted));
        Assert.True(given.State.Links.Held(1)!.IsDisabled);
        Assert.True(given.State.Memberships.Held((20, 100))!.IsDeleted);
        Assert.True(given.State.Sessions.Held("token")!.IsDeleted);
        Assert.Null(given.State.Accounts.Held(1)!.EmailHash);

        Assert.Single(given.When(new RecoverUser(1, "hash-1", "sealed")));
        given.With(StreamId.User(3), new UserRegistered(3, "hash-1", "sealed", null, 1, 1));
        Assert.Empty(given.When(new RecoverUser(1, "hash-1", "sealed")));
    }

    [Fact]
    public void An_entity_key_is_written_once()
    {
        var set = new SetEntityKey(1, "location", "key", "header");
        var given = new Given().User(1).Done(set);
        Assert.Empty(given.When(set));
        Assert.Equal(Refusal.Conflict, given.Refused(set with { EncryptedKey = "other" }));
    }
}
