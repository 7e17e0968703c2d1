using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class SocialTests
{
    private const long Owner = 1;
    private const long Admin = 2;
    private const long Collaborator = 3;
    private const long Viewer = 4;
    private const long Stranger = 5;
    private const long Album = 10;
    private const long Other = 11;
    private const long Link = 7;
    private const string Guest = "anon_guest";

    private static Given Party() => new Given()
        .User(Owner).User(Admin).User(Collaborator).User(Viewer).User(Stranger)
        .Album(Album, Owner).Album(Other, Owner)
        .Shared(Album, Admin, Roles.Admin).Shared(Album, Collaborator, Roles.Collaborator).Shared(Album, Viewer, Roles.Viewer)
        .Done(new CreateLink(Owner, Album, Link, "hash", "sealed", 0, 0, false, EnableComment: true, false, Given.Now))
        .Done(new AddAnonymousProfile(Album, Link, Guest, "name", "n"));

    private static AddComment Comment(long user, string id, long album = Album, long? file = null, string? parent = null) =>
        new(Author.Account(user), null, album, id, file, parent, "cipher", "n");

    private static AddComment GuestComment(string id, string? parent = null) =>
        new(Author.Visitor(Guest), Link, Album, id, null, parent, "cipher", "n");

    private static SetReaction Reaction(long user, string id, long? file = null, string? comment = null, long album = Album) =>
        new(Author.Account(user), null, album, id, file, comment, "cipher", "n");

    private static DeleteComment Delete(long user, string id) => new(Author.Account(user), Album, id);

    [Theory]
    [InlineData(Owner, true)]
    [InlineData(Admin, true)]
    [InlineData(Collaborator, true)]
    [InlineData(Viewer, true)]
    [InlineData(Stranger, false)]
    public void Members_comment_and_react_and_for_others_there_is_no_album(long user, bool isMember)
    {
        if (isMember)
        {
            Assert.Equal([new CommentAdded(Album, "c", null, null, user, null, "cipher", "n")], Party().When(Comment(user, "c")));
            Assert.Equal([new ReactionSet(Album, "r", 5, null, user, null, "cipher", "n")], Party().When(Reaction(user, "r", file: 5)));
            return;
        }

        Assert.Equal(Refusal.NotFound, Party().Refused(Comment(user, "c")));
        Assert.Equal(Refusal.NotFound, Party().Refused(Reaction(user, "r")));
    }

    [Fact]
    public void A_file_of_another_album_is_not_written_about()
    {
        var given = Party().File(100, Owner, Other).File(101, Owner, Album);
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "c", file: 100)));
        Assert.Equal(Refusal.BadRequest, given.Refused(Reaction(Viewer, "r", file: 100)));
        given.Done(Comment(Viewer, "c", file: 101)).Done(Reaction(Viewer, "r", file: 101));

        // It leaves, and takes nothing of what was said about it along: answers go on.
        given.Done(new MoveFiles(Owner, Album, Other, [new FileItem(101, "key", "nonce")]));
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "d", file: 101)));
        given.Done(Comment(Admin, "reply", file: 101, parent: "c")).Done(Reaction(Admin, "s", file: 101, comment: "c"));
    }

    [Fact]
    public void A_comment_moves_its_own_clock_and_not_the_collections_time()
    {
        var given = Party();
        var before = given.State.Collections.Held(Album)!;
        given.Done(Comment(Viewer, "c"));
        var after = given.State.Collections.Held(Album)!;
        Assert.Equal(before.UpdationTime, after.UpdationTime);
        Assert.True(after.SocialTime > before.SocialTime);
        Assert.Equal(after.SocialTime, given.State.Comments.Held("c")!.UpdatedAt);
    }

    [Fact]
    public void A_used_id_is_a_conflict_in_any_collection_and_the_row_stays()
    {
        var given = Party().Done(Comment(Owner, "c")).Done(Reaction(Owner, "r"));
        Assert.Equal(Refusal.Conflict, given.Refused(Comment(Owner, "c")));
        Assert.Equal(Refusal.Conflict, given.Refused(Comment(Viewer, "c")));
        Assert.Equal(Refusal.Conflict, given.Refused(Comment(Owner, "c", album: Other)));
        Assert.Equal(Refusal.Conflict, given.Refused(Reaction(Viewer, "r")));
        Assert.Equal(Refusal.Conflict, given.Refused(Reaction(Owner, "r", file: 5)));
        Assert.Equal(Refusal.Conflict, given.Refused(Reaction(Owner, "r", album: Other)));
        given.Done(Delete(Owner, "c"));
        Assert.Equal(Refusal.Conflict, given.Refused(Comment(Owner, "c")));
    }

    [Fact]
    public void A_reply_needs_a_living_parent_of_the_same_album_and_file()
    {
        var given = Party().Done(Comment(Owner, "album")).Done(Comment(Owner, "file", file: 5)).Done(Comment(Owner, "gone"))
            .Done(Delete(Owner, "gone")).Done(Comment(Owner, "elsewhere", album: Other));
        Assert.Single(given.When(Comment(Viewer, "1", parent: "album")));
        Assert.Single(given.When(Comment(Viewer, "2", file: 5, parent: "file")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "3", file: 5, parent: "album")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "4", parent: "file")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "5", parent: "gone")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Comment(Viewer, "6", parent: "elsewhere")));
        Assert.Equal(Refusal.NotFound, given.Refused(Comment(Viewer, "7", parent: "unknown")));
    }

    [Fact]
    public void Only_the_author_edits_also_after_losing_the_album_by_its_deletion()
    {
        var given = Party().Done(Comment(Viewer, "c"));
        EditComment By(Author author) => new(author, null, Album, "c", "new", "m");
        foreach (var user in (long[])[Owner, Admin, Stranger]) Assert.Equal(Refusal.Forbidden, given.Refused(By(Author.Account(user))));
        Assert.Equal(Refusal.Forbidden, given.Refused(By(Author.Visitor(Guest))));
        given.Done(new DeleteCollection(Owner, Album, KeepFiles: false)).Done(By(Author.Account(Viewer)));
        Assert.Equal(("new", "m"), (given.State.Comments.Held("c")!.Cipher, given.State.Comments.Held("c")!.Nonce));
        given.Done(Delete(Viewer, "c"));
        Assert.Equal(Refusal.NotFound, given.Refused(By(Author.Account(Viewer))));
        Assert.Equal(Refusal.Forbidden, given.Refused(By(Author.Account(Owner))));
    }

    [Theory]
    [InlineData(Viewer, null)]
    [InlineData(Owner, null)]
    [InlineData(Admin, null)]
    [InlineData(Collaborator, Reason.Forbidden)]
    [InlineData(Stranger, Reason.NotFound)]
    public void A_comment_is_deleted_by_its_author_the_owner_and_admins(long user, Reason? refused)
    {
        var given = Party().Done(Comment(Viewer, "c"));
        if (refused is { } reason) Assert.Equal(reason, given.Refused(Delete(user, "c")).Reason);
        else Assert.True(given.Done(Delete(user, "c")).State.Comments.Held("c")! is { IsDeleted: true, Cipher: null, Nonce: null });
    }

    [Fact]
    public void A_deleted_comment_takes_its_live_reactions_along_each_at_a_time_of_its_own()
    {
        var given = Party().Done(Comment(Owner, "c")).Done(Comment(Viewer, "reply", parent: "c"))
            .Done(Reaction(Owner, "r1", comment: "c")).Done(Reaction(Viewer, "r2", comment: "c")).Done(Reaction(Admin, "r3", comment: "c"))
            .Done(Reaction(Viewer, "kept", comment: "reply"))
            .Done(new DeleteReaction(Author.Account(Admin), false, Album, "r3"));
        var goneBefore = given.State.Reactions.Held("r3")!;
        given.Done(Delete(Owner, "c"));

        Assert.Equal(goneBefore, given.State.Reactions.Held("r3")!);
        Assert.False(given.State.Comments.Held("reply")!.IsDeleted);
        Assert.False(given.State.Reactions.Held("kept")!.IsDeleted);
        long[] times = [given.State.Comments.Held("c")!.UpdatedAt, given.State.Reactions.Held("r1")!.UpdatedAt, given.State.Reactions.Held("r2")!.UpdatedAt];
        Assert.Equal(3, times.Distinct().Count());
        Assert.All(times, t => Assert.True(t > goneBefore.UpdatedAt));
        Assert.Equal(times.Max(), given.State.Collections.Held(Album)!.SocialTime);
    }

    [Fact]
    public void An_author_has_one_reaction_to_a_target_which_is_replaced_and_revived()
    {
        var given = Party().Done(Comment(Owner, "c", file: 5));
        foreach (var (file, comment) in ((long? File, string? Comment)[])[(null, null), (5, null), (5, "c")])
        {
            var id = $"r-{file}-{comment}";
            given.Done(Reaction(Viewer, id, file, comment));
            var first = given.State.Reactions.Held(id)!;
            var again = Reaction(Viewer, id + "-again", file, comment) with { Cipher = "other" };
            Assert.Equal(id, given.Decide(again).Reply(0));
            given.Done(new DeleteReaction(Author.Account(Viewer), false, Album, id)).Done(again);
            var revived = given.State.Reactions.Held(id)!;
            Assert.Equal((false, "other", first.CreatedAt), (revived.IsDeleted, revived.Cipher, revived.CreatedAt));
            Assert.True(revived.UpdatedAt > first.UpdatedAt);
            Assert.Null(given.State.Reactions.Find(id + "-again"));
            Assert.Equal($"{id}-owner", given.Decide(Reaction(Owner, $"{id}-owner", file, comment)).Reply(0));
        }

        Assert.Null(given.State.Reactions.Held("r-5-c")!.FileId);
    }

    [Fact]
    public void A_reaction_to_a_comment_names_the_comments_file()
    {
        var given = Party().Done(Comment(Owner, "c", file: 5)).Done(Comment(Owner, "gone")).Done(Delete(Owner, "gone"));
        Assert.Equal(Refusal.BadRequest, given.Refused(Reaction(Viewer, "r", comment: "c")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Reaction(Viewer, "r", file: 6, comment: "c")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Reaction(Viewer, "r", comment: "gone")));
        Assert.Equal(Refusal.NotFound, given.Refused(Reaction(Viewer, "r", comment: "unknown")));
    }

    [Fact]
    public void Only_its_author_deletes_a_reaction_while_a_member_or_by_the_link()
    {
        var given = Party().Done(Reaction(Viewer, "r"));
        DeleteReaction By(long user, bool byLink = false) => new(Author.Account(user), byLink, Album, "r");
        foreach (var user in (long[])[Owner, Admin, Stranger]) Assert.Equal(Refusal.Forbidden, given.Refused(By(user)));
        given.With(StreamId.Collection(Album), new CollectionUnshared(Album, Viewer, []));
        Assert.Equal(Refusal.NotFound, given.Refused(By(Viewer)));
        given.Done(By(Viewer, byLink: true));
        var gone = given.State.Reactions.Held("r")!.UpdatedAt;
        given.Done(By(Viewer, byLink: true));
        Assert.True(given.State.Reactions.Held("r")! is { IsDeleted: true } again && again.UpdatedAt > gone);
    }

    [Fact]
    public void Visitors_write_while_their_link_is_open_for_comments()
    {
        var given = Party().Done(GuestComment("c"));
        Assert.Equal((Author.Anonymous, Guest), (given.State.Comments.Held("c")!.UserId, given.State.Comments.Held("c")!.AnonUserId));
        given.Done(GuestComment("reply", parent: "c"));
        var react = new SetReaction(Author.Visitor(Guest), Link, Album, "r", null, null, "cipher", "n");
        given.Done(react).Done(new EditComment(Author.Visitor(Guest), Link, Album, "c", "x", "n"));

        // By the link of one album nobody writes in another.
        Assert.Equal(Refusal.NotFound, given.Refused(GuestComment("x") with { CollectionId = Other }));

        given.Done(new ChangeLink(
            Owner, Album, new LinkChange(null, null, null, null, null, null, null, null, null, EnableComment: false, null, null), Given.Now));
        Assert.Equal(Refusal.CommentsDisabled, given.Refused(GuestComment("d")));
        Assert.Equal(Refusal.CommentsDisabled, given.Refused(react));
        Assert.Equal(Refusal.CommentsDisabled, given.Refused(new EditComment(Author.Visitor(Guest), Link, Album, "c", "x", "n")));
        Assert.Equal(Refusal.CommentsDisabled, given.Refused(new AddAnonymousProfile(Album, Link, "anon_2", "name", "n")));

        given.Done(new DisableLink(Owner, Album));
        Assert.Equal(Refusal.Gone, given.Refused(GuestComment("d")));
        Assert.Equal(Refusal.Gone, given.Refused(new AddAnonymousProfile(Album, Link, "anon_2", "name", "n")));
    }

    [Fact]
    public void Visitors_delete_their_own_and_are_moderated()
    {
        var given = Party().Done(GuestComment("c")).Done(GuestComment("d")).Done(Comment(Viewer, "e"));
        Assert.Equal(Refusal.Forbidden, given.Refused(new DeleteComment(Author.Visitor("anon_other"), Album, "c")));
        Assert.Equal(Refusal.Forbidden, given.Refused(new DeleteComment(Author.Visitor(Guest), Album, "e")));
        given.Done(new DeleteComment(Author.Visitor(Guest), Album, "c")).Done(Delete(Admin, "d"));
        Assert.Equal(Refusal.NotFound, given.Refused(new DeleteComment(Author.Visitor(Guest), Album, "c")));
    }

    public static TheoryData<object> Departures => new(
        new LeaveCollection(Viewer, Album), new UnshareCollection(Owner, Album, Viewer),
        new DeleteUser(Viewer, Viewer, null, null, 0), new DeleteUser(Owner, Owner, null, null, 0));

    [Theory]
    [MemberData(nameof(Departures))]
    public void Whoever_goes_takes_comments_and_reactions_along_and_nobody_elses(object departure)
    {
        var given = Party().Shared(Other, Viewer, Roles.Viewer)
            .Done(Comment(Viewer, "mine")).Done(Comment(Owner, "owners")).Done(Comment(Owner, "reply", parent: "mine")).Done(GuestComment("guests"))
            .Done(Comment(Viewer, "deleted")).Done(Delete(Viewer, "deleted"))
            .Done(Reaction(Viewer, "my reaction")).Done(Reaction(Viewer, "on owners", comment: "owners"))
            .Done(Reaction(Owner, "on mine", comment: "mine")).Done(Reaction(Owner, "owners reaction"))
            .Done(Comment(Viewer, "elsewhere", album: Other));
        var before = given.State.Comments.AllHeld.ToDictionary(c => c.Id);
        var last = given.State.Collections.Held(Album)!.SocialTime;
        if (departure is DeleteUser deletion)
            given.Done(deletion);
        else
            given.Done((ICommand<Done>)departure);

        var gone = given.State.Comments.AllHeld.Where(c => c.CollectionId == Album && c != before[c.Id]).Select(c => (c.Id, c.UpdatedAt))
            .Concat(given.State.Reactions.AllHeld.Where(r => r.IsDeleted).Select(r => (r.Id, r.UpdatedAt))).ToList();
        Assert.Equal(["mine", "my reaction", "on mine", "on owners"], gone.Select(g => g.Id).Order(StringComparer.Ordinal));
        Assert.True(given.State.Comments.Held("mine")! is { IsDeleted: true, Cipher: null });
        Assert.Equal(4, gone.Select(g => g.UpdatedAt).Distinct().Count());
        Assert.All(gone, g => Assert.True(g.UpdatedAt > last));
        Assert.Equal(departure is DeleteUser, given.State.Comments.Held("elsewhere")!.IsDeleted);
    }

    [Fact]
    public void The_end_of_a_collection_changes_no_comment()
    {
        var given = Party().Done(Comment(Viewer, "c")).Done(new DeleteCollection(Owner, Album, KeepFiles: false));
        Assert.False(given.State.Comments.Held("c")!.IsDeleted);
        Assert.Equal(Refusal.NotFound, given.Refused(Comment(Owner, "d")));
        Assert.Equal(Refusal.NotFound, given.Refused(Delete(Owner, "c")));
    }

    [Fact]
    public void Who_was_unshared_writes_no_more()
    {
        var given = Party().Done(Comment(Viewer, "c")).Done(new UnshareCollection(Admin, Album, Viewer));
        Assert.Equal(Refusal.NotFound, given.Refused(Comment(Viewer, "d")));
        Assert.Equal(Refusal.NotFound, given.Refused(Reaction(Viewer, "r")));
        Assert.Equal(Refusal.NotFound, given.Refused(Delete(Viewer, "c")));
    }

    [Theory]
    [InlineData(0, 100, 100)] // first use: the time of the event
    [InlineData(100, 100, 101)] // used at that time already
    [InlineData(500, 100, 501)] // ahead, after many rows at once
    [InlineData(0, Micros.OfThisCommit, -1)] // live: the first of this commit
    [InlineData(500, Micros.OfThisCommit, -1)]
    [InlineData(-1, Micros.OfThisCommit, -2)]
    [InlineData(-41, Micros.OfThisCommit, -42)]
    public void A_clock_rises_with_every_use(long last, long time, long next) => Assert.Equal(next, Micros.After(last, time));
}
