using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class CollectionTests
{
    private const long Owner = 1;
    private const long Friend = 2;
    private const long Admin = 3;
    private const long Stranger = 4;
    private const long Album = 10;
    private const long Other = 11;
    private const long File = 100;
    private const long FriendsFile = 200;

    private static Given Shared() => new Given()
        .User(Owner).User(Friend).User(Admin).User(Stranger)
        .Album(Album, Owner).Album(Other, Owner).Album(20, Friend)
        .Shared(Album, Friend, Roles.Collaborator).Shared(Album, Admin, Roles.Admin)
        .File(File, Owner, Album).File(FriendsFile, Friend, 20).Member(Album, FriendsFile, Friend);

    private static FileItem Item(long id) => new(id, "other key", "other nonce");

    [Fact]
    public void A_special_collection_is_made_once()
    {
        var command = new CreateCollection(
            Owner, 50, Apps.Photos, CollectionType.Favorites, "k", "n", null, "x", "n", new CollectionAttributes(null, null, 0), null, null);
        var given = new Given().User(Owner).Done(command);
        Assert.Empty(given.When(command with { NewId = 51 }));
    }

    [Theory]
    [InlineData(Owner, true)]
    [InlineData(Friend, false)]
    [InlineData(Admin, false)]
    [InlineData(Stranger, false)]
    public void Only_the_owner_renames(long user, bool mayRename)
    {
        var command = new RenameCollection(user, Album, "new", "nonce");
        if (mayRename) Assert.Equal([new CollectionRenamed(Album, "new", "nonce")], Shared().When(command));
        else Assert.Equal(Refusal.Forbidden, Shared().Refused(command));
    }

    [Theory]
    [InlineData(Owner, null)]
    [InlineData(Admin, null)]
    [InlineData(Friend, Reason.Forbidden)]
    [InlineData(Stranger, Reason.Forbidden)]
    public void Owner_and_admins_share(long user, Reason? refused)
    {
        var given = Shared().User(5);
        var command = new ShareCollection(user, Album, 5, "sealed", Roles.Viewer);
        if (refused is { } reason) Assert.Equal(reason, given.Refused(command).Reason);
        else Assert.Equal([new CollectionShared(Album, 5, "sealed", Roles.Viewer, false)], given.When(command));
    }

    [Fact]
    public void Nobody_shares_with_the_owner_or_with_unknown_roles()
    {
        Assert.Equal(Refusal.BadRequest, Shared().Refused(new ShareCollection(Admin, Album, Owner, "s", Roles.Viewer)));
        Assert.Equal(Refusal.BadRequest, Shared().Refused(new ShareCollection(Owner, Album, Stranger, "s", Roles.Owner)));
    }

    [Fact]
    public void A_share_that_comes_back_keeps_its_envelope()
    {
        var given = Shared().Done(new UnshareCollection(Owner, Album, Friend));
        Assert.True(given.State.Shares.Held((Album, Friend))!.IsDeleted);
        given.Done(new ShareCollection(Owner, Album, Friend, "another", Roles.Viewer));
        var share = given.State.Shares.Held((Album, Friend))!;
        Assert.Equal(("sealed", Roles.Viewer, false), (share.EncryptedKey, share.Role, share.IsDeleted));
    }

    [Fact]
    public void Unsharing_takes_the_sharees_files_along()
    {
        var given = Shared().Done(new UnshareCollection(Owner, Album, Friend));
        Assert.True(given.State.Memberships.Held((Album, FriendsFile))!.IsDeleted);
        Assert.False(given.State.Memberships.Held((20, FriendsFile))!.IsDeleted);
        Assert.False(given.State.Memberships.Held((Album, File))!.IsDeleted);
    }

    [Fact]
    public void Only_own_files_are_added()
    {
        Assert.Equal(Refusal.Forbidden, Shared().Refused(new AddFiles(Owner, Apps.Photos, Other, [Item(FriendsFile)])));
        Assert.Equal(Refusal.NotFound, Shared().Refused(new AddFiles(Stranger, Apps.Photos, Album, [Item(File)])));
        Assert.Equal(Refusal.BadRequest, Shared().Refused(new AddFiles(Owner, Apps.Photos, Other, [Item(File), Item(File)])));
        Assert.Equal(Refusal.BadRequest, Shared().Refused(new AddFiles(Owner, Apps.Photos, Other, [Item(999)])));
    }

    [Fact]
    public void A_file_added_again_keeps_its_key_and_its_place_unless_it_had_left()
    {
        var given = Shared();
        var before = given.State.Memberships.Held((Album, File))!;
        given.Done(new AddFiles(Owner, Apps.Photos, Album, [Item(File)]));
        var again = given.State.Memberships.Held((Album, File))!;
        Assert.Equal((before.EncryptedKey, before.CreatedAt), (again.EncryptedKey, again.CreatedAt));
        Assert.True(again.UpdationTime > before.UpdationTime);

        given.Done(new MoveFiles(Owner, Album, Other, [Item(File)])).Done(new MoveFiles(Owner, Other, Album, [Item(File)]));
        Assert.True(given.State.Memberships.Held((Album, File))!.CreatedAt > before.CreatedAt);
    }

    [Fact]
    public void An_admin_removing_the_owners_file_asks_the_owner()
    {
        var given = Shared().Done(new RemoveFiles(Admin, Album, [File, FriendsFile], SuggestDeletion: false, "seed"));
        var marked = given.State.Memberships.Held((Album, File))!;
        Assert.Equal((false, CollectionAction.Remove, (long?)Admin), (marked.IsDeleted, marked.Action, marked.ActionUser));
        Assert.True(given.State.Memberships.Held((Album, FriendsFile))!.IsDeleted);
        Assert.Single(given.State.Actions.AllHeld, a => a.IsPending && a.UserId == Owner);

        // Moved away by the owner's client: settled.
        given.Done(new MoveFiles(Owner, Album, Other, [Item(File)]));
        Assert.DoesNotContain(given.State.Actions.AllHeld, a => a.IsPending);
    }

    [Theory]
    [InlineData(Owner, Reason.BadRequest)]
    [InlineData(Friend, Reason.BadRequest)]
    public void Nobody_but_an_admin_removes_files_of_the_owner(long user, Reason reason) =>
        Assert.Equal(reason, Shared().Refused(new RemoveFiles(user, Album, [File], false, "seed")).Reason);

    [Fact]
    public void A_suggestion_ends_when_the_file_is_trashed()
    {
        var given = Shared().Done(new RemoveFiles(Owner, Album, [FriendsFile], SuggestDeletion: true, "seed"));
        Assert.Single(given.State.Actions.AllHeld, a => a.IsPending && a.Action == CollectionAction.DeleteSuggested);
        given.Done(new TrashFiles(Friend, [new TrashItem(FriendsFile, 20)], Given.Now));
        Assert.DoesNotContain(given.State.Actions.AllHeld, a => a.IsPending);
    }

    [Fact]
    public void A_second_link_is_the_first()
    {
        var command = new CreateLink(Owner, Album, 1, "hash", "sealed", 0, 0, false, false, true, Given.Now);
        var given = Shared().Done(command);
        Assert.Empty(given.When(command with { NewId = 2, TokenHash = "other" }));
        given.Done(new DisableLink(Owner, Album));
        Assert.Single(given.When(command with { NewId = 2, TokenHash = "other" }));
    }

    [Fact]
    public void Joining_by_link_gives_the_links_role_also_to_an_admin()
    {
        var given = Shared().Done(new CreateLink(Owner, Album, 1, "hash", "sealed", 0, 0, false, false, true, Given.Now))
            .Done(new JoinByLink(Admin, Album, Owner, "sealed", "hash", null, Given.Now));
        Assert.Equal(Roles.Viewer, given.State.Shares.Held((Album, Admin))!.Role);
    }

    [Fact]
    public void A_link_with_a_password_wants_its_proof()
    {
        var given = Shared().Done(new CreateLink(Owner, Album, 1, "hash", "sealed", 0, 0, false, false, true, Given.Now))
            .Done(new ChangeLink(Owner, Album, new LinkChange(null, null, "p", "n", 1, 1, null, null, null, null, null, null), Given.Now));
        var join = new JoinByLink(Stranger, Album, Owner, "sealed", "hash", null, Given.Now);
        Assert.Equal(Reason.Unauthenticated, given.Refused(join).Reason);
        Assert.Equal(Reason.Unauthenticated, given.Refused(join with { ProvenPassHash = "q" }).Reason);
        Assert.Equal(Refusal.Forbidden, given.Refused(join with { TokenHash = "other", ProvenPassHash = "p" }));
        Assert.Single(given.When(join with { ProvenPassHash = "p" }));
    }

    [Fact]
    public void Deleting_ends_shares_and_link_at_once_and_trashes_in_the_background()
    {
        var given = Shared().Done(new CreateLink(Owner, Album, 1, "hash", "sealed", 0, 0, false, false, true, Given.Now))
            .Done(new DeleteCollection(Owner, Album, KeepFiles: false));
        Assert.True(given.State.Collections.Held(Album)! is { IsDeleted: true, IsTrashPending: true });
        Assert.True(given.State.Links.Held(1)!.IsDisabled);
        Assert.All(given.State.Shares.AllHeld, s => Assert.True(s.IsDeleted));

        given.Member(Other, File, Owner).Done(new EmptyDeletedCollection(Album, Given.Now)).Done(new EmptyDeletedCollection(Album, Given.Now));
        Assert.True(given.State.Trash.Held(File)!.IsInTrash);
        Assert.Null(given.State.Trash.Held(FriendsFile));
        Assert.All(given.State.Memberships.AllHeld.Where(m => m.FileId == File), m => Assert.True(m.IsDeleted));
        Assert.False(given.State.Collections.Held(Album)!.IsTrashPending);
    }

    [Fact]
    public void A_collection_that_should_keep_its_files_must_be_empty() =>
        Assert.Equal("COLLECTION_NOT_EMPTY", Shared().Refused(new DeleteCollection(Owner, Album, KeepFiles: true)).Code);

    [Fact]
    public void Too_many_files_are_refused_before_anything_else() =>
        Assert.Equal(
            Refusal.TooLarge,
            Shared().Refused(new AddFiles(Stranger, Apps.Photos, 999, [.. Enumerable.Range(1, 1001).Select(i => Item(i))])));
}
