using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

public sealed class FileTests
{
    private const long Owner = 1;
    private const long Album = 10;
    private const long File = 100;

    private static Given Start() => new Given().User(Owner).User(2).Album(Album, Owner).Album(11, Owner);

    private static ClaimedObject Object(string name, long? size = 100) => new($"{Owner}/{name}", "header", null, size, "local");

    private static CreateFile Create(long id = File, string content = "c", string thumbnail = "t") => new(
        Owner, id, Apps.Photos, Album, "key", "nonce", Object(content), Object(thumbnail, 10), "metadata", "header", null, null, null, Given.Now);

    [Fact]
    public void A_file_comes_with_membership_objects_and_usage()
    {
        var given = Start();
        var events = given.When(Create());
        Assert.Collection(
            events, e => Assert.IsType<FileCreated>(e), e => Assert.IsType<FilesAdded>(e),
            e => Assert.IsType<ObjectStored>(e), e => Assert.IsType<ObjectStored>(e));
        given = Start().Done(Create());
        Assert.Equal(110, given.State.UsageChange[(Owner, Apps.Photos)]);
        Assert.Equal(110, given.State.Files.Held(File)!.StoredBytes);
    }

    [Fact]
    public void The_same_upload_again_is_the_same_file()
    {
        var given = Start().Done(Create());
        Assert.Empty(given.When(Create(id: 101)));
        Assert.Equal(File, given.Decide(Create(id: 101)).Reply(0).FileId);
    }

    [Fact]
    public void A_key_that_another_file_has_is_refused()
    {
        var given = Start().Done(Create());
        Assert.Equal(Refusal.BadRequest, given.Refused(Create(id: 101, thumbnail: "t2")));
        Assert.Equal(Refusal.BadRequest, given.Refused(Create(id: 101) with { EncryptedMetadata = "other" }));
    }

    [Fact]
    public void A_late_retry_of_a_create_whose_content_was_replaced_finds_its_file()
    {
        var given = Start().Done(Create())
            .Done(new UpdateFile(Owner, File, Object("c2"), Object("t2", 10), "metadata", "header", Given.Now));
        Assert.Equal(File, given.Decide(Create(id: 101)).Reply(0).FileId);
        Assert.Equal(110, given.State.UsageChange[(Owner, Apps.Photos)]);
    }

    [Fact]
    public void Only_the_owner_uploads_into_a_collection_of_the_same_app_that_is_there()
    {
        Assert.Equal(Refusal.Forbidden, Start().Refused(Create() with { UserId = 2 }));
        Assert.Equal(Reason.BadRequest, Start().Refused(Create() with { App = Apps.Locker }).Reason);
        Assert.Equal(Refusal.NotFound, Start().Refused(Create() with { CollectionId = 99 }));
        var deleted = Start().With(StreamId.Collection(Album), new CollectionDeleted(Album, true));
        Assert.Equal(Refusal.CollectionDeleted, deleted.Refused(Create()));
    }

    [Fact]
    public void An_object_that_is_not_in_the_store_is_no_file()
    {
        var refusal = Start().Refused(Create() with { Content = Object("c", null) });
        Assert.Equal((Reason.Unavailable, "OBJECT_SIZE_FETCH_FAILED"), (refusal.Reason, refusal.Code));
        Assert.Equal(Refusal.BadRequest, Start().Refused(Create() with { Content = Object("c") with { DeclaredSize = 99 } }));
        Assert.Equal(Refusal.TooLarge, Start().Refused(Create() with { Content = Object("c", Allowance.MaxFileSize + 1) }));
    }

    [Theory]
    [InlineData(0, 109, null)]
    [InlineData(Allowance.Headroom, 1, null)]
    [InlineData(Allowance.Headroom + 100, 1, Reason.StorageExceeded)]
    public void Uploads_may_pass_the_plan_by_a_little(long used, long plan, Reason? refused)
    {
        var given = Start().Allowed(Owner, used, plan);
        if (refused is { } reason) Assert.Equal(reason, given.Refused(Create()).Reason);
        else Assert.NotEmpty(given.When(Create() with { Content = Object("c", 0), Thumbnail = Object("t", 0) }));
    }

    [Fact]
    public void Uploads_of_one_batch_count_against_the_plan_together()
    {
        var given = Start().Allowed(Owner, used: Allowance.Headroom, plan: 150);
        given.Done(Create());
        Assert.Equal(Refusal.StorageExceeded, given.Refused(Create(101, "c2", "t2")));
    }

    [Fact]
    public void An_ended_plan_takes_nothing() =>
        Assert.Equal(Refusal.PaymentRequired, Start().Allowed(Owner, expiry: Given.Now - 1).Refused(Create()));

    [Fact]
    public void Metadata_wants_the_stored_version_and_most_of_its_keys()
    {
        var given = Start().Done(Create());
        var change = new ChangeFilesMetadata(Owner, false, false, [new FileMetadataChange(File, new MagicMetadata(0, 5, "d", "h"))]);
        given.Done(change);
        Assert.Equal(1, given.State.Files.Held(File)!.MagicMetadata!.Version);
        Assert.Equal(Refusal.Conflict, given.Refused(change));
        Assert.Equal(
            Refusal.Conflict,
            given.Refused(change with { Changes = [new FileMetadataChange(File, new MagicMetadata(1, 2, "d", "h"))] }));
        given.Done(change with { Changes = [new FileMetadataChange(File, new MagicMetadata(1, 3, "d", "h"))] });
    }

    [Fact]
    public void Of_many_changes_one_that_is_refused_stops_all()
    {
        var given = Start().Done(Create());
        Assert.Equal(
            Refusal.NotFound,
            given.Refused(new ChangeFilesMetadata(
                Owner, true, false,
                [new FileMetadataChange(File, new MagicMetadata(1, 1, "d", "h")), new FileMetadataChange(999, new MagicMetadata(1, 1, "d", "h"))])));
    }

    [Fact]
    public void Trash_restore_and_deletion()
    {
        var given = Start().Done(Create()).Member(11, File, Owner)
            .Done(new TrashFiles(Owner, [new TrashItem(File, Album)], Given.Now));
        Assert.All(given.State.Memberships.AllHeld.Where(m => m.FileId == File), m => Assert.True(m.IsDeleted));
        Assert.Equal("FILE_IN_TRASH", given.Refused(new AddFiles(Owner, Apps.Photos, 11, [new FileItem(File, "k", "n")])).Code);

        given.Done(new RestoreFiles(Owner, 11, [new FileItem(File, "k", "n")]));
        Assert.True(given.State.Trash.Held(File)!.IsRestored);
        Assert.Equal(Refusal.BadRequest, given.Refused(new RestoreFiles(Owner, 11, [new FileItem(File, "k", "n")])));
        Assert.Empty(given.When(new DeleteTrashed(Owner, [File], Given.Now, 5)));

        // The entry keeps its first collection, whose key opens it.
        given.Done(new TrashFiles(Owner, [new TrashItem(File, 11)], Given.Now + 7));
        Assert.Equal((Album, Given.Now + 7), (given.State.Trash.Held(File)!.CollectionId, given.State.Trash.Held(File)!.DeleteBy));

        given.Done(new DeleteTrashed(Owner, [File, 999], Given.Now, 5));
        Assert.True(given.State.Trash.Held(File)!.IsDeleted);
        Assert.Equal(0, given.State.UsageChange[(Owner, Apps.Photos)]);
        Assert.All(given.State.Objects.AllHeld, o => Assert.Equal((true, Given.Now + 5), (o.IsReleased, o.DeleteAfter)));
        Assert.Empty(given.When(new DeleteTrashed(Owner, [File], Given.Now, 5)));
    }

    [Fact]
    public void Derived_data_goes_with_the_version_that_its_writer_knew()
    {
        var given = Start().Done(Create());
        var put = new PutFileData(Owner, File, FileData.MlData, 10, "local", null, null, LastUpdatedAt: 0);
        given.Done(put);
        Assert.Equal("INVALID_VERSION", given.Refused(put).Code);
        given.Done(put with { LastUpdatedAt = given.State.FileData.Held((File, FileData.MlData))!.UpdatedAt });
        given.Done(put with { LastUpdatedAt = null });
    }
}
