using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.EventStore;
using Ente.Orleans.Projections;
using Ente.Orleans.Projections.Queries;
using Ente.Orleans.Testing;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

/// <summary>Comments and reactions under races: between albums, silos, and with the end of a share.</summary>
public sealed class SocialTests
{
    private static AddComment Comment(long user, long album, string? id = null) =>
        new(Author.Account(user), null, album, id ?? $"cmt_{World.NewId()}", null, null, "cipher", "nonce");

    private static SetReaction Reaction(long user, long album, string? comment = null, long? file = null) =>
        new(Author.Account(user), null, album, $"rct_{World.NewId()}", file, comment, "cipher", "nonce");

    [Fact]
    public async Task Of_albums_that_take_the_same_id_at_once_one_gets_it_and_the_others_a_conflict()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var albums = new List<long>();
        for (var i = 0; i < 6; i++) albums.Add(await World.CollectionAsync(one, owner));
        for (var round = 0; round < 15; round++)
        {
            // Others write at the same time, in the same batches; the clash is none of their business.
            var id = $"cmt_{World.NewId()}";
            var clashing = albums.Select((a, i) => (i % 2 == 0 ? one : two).SendAsync(Comment(owner, a, id))).ToList();
            var peaceful = albums.SelectMany((a, i) => Enumerable.Range(0, 4).Select(_ => (i % 2 == 0 ? one : two).SendAsync(Comment(owner, a)))).ToList();
            var replies = await Task.WhenAll(clashing);
            Assert.Equal(1, replies.Count(r => !r.IsRefused));
            Assert.All(replies.Where(r => r.IsRefused), r => Assert.Equal(Refusal.Conflict, r.Refusal));
            Assert.All(await Task.WhenAll(peaceful), r => Assert.False(r.IsRefused));
        }

        // One event for each row: nothing was written over.
        Assert.Equal(15 + (15 * 24), await database.ScalarAsync<long>("select count(*) from projections.comments"));
        Assert.Equal(15 + (15 * 24), await database.ScalarAsync<long>("select count(*) from events.mt_events where type = 'comment_added'"));
        Assert.True((await RebuildAsync(database)).IsSame);
    }

    [Fact]
    public async Task A_reaction_id_of_another_album_is_a_conflict()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var (a, b) = (await World.CollectionAsync(one, owner), await World.CollectionAsync(one, owner));
        var reaction = Reaction(owner, a);
        var replies = await Task.WhenAll(one.SendAsync(reaction), two.SendAsync(reaction with { CollectionId = b }));
        Assert.Single(replies, r => r.Refusal == Refusal.Conflict);
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from projections.reactions"));
    }

    [Fact]
    public async Task Devices_that_react_at_once_make_one_reaction()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var owner = await World.UserAsync(one);
        var album = await World.CollectionAsync(one, owner);
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).OkAsync(Reaction(owner, album, file: 5))));
        Assert.Single(ids.Distinct());
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from projections.reactions"));
    }

    [Fact]
    public async Task What_goes_at_once_comes_page_by_page_without_loss()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var (owner, friend) = (await World.UserAsync(one), await World.UserAsync(one));
        var album = await World.CollectionAsync(one, owner);
        await one.OkAsync(new ShareCollection(owner, album, friend, "sealed", Roles.Viewer));
        var comments = await Task.WhenAll(Enumerable.Range(0, 150).Select(i => (i % 2 == 0 ? one : two).OkAsync(Comment(friend, album))));
        var reactions = await Task.WhenAll(comments.Select((c, i) => (i % 2 == 0 ? one : two).OkAsync(Reaction(owner, album, c))));
        var social = new SocialQueries(database.DataSource);
        await AssertPagesAsync(social, album, 0, comments, reactions);

        // One commit, 300 tombstones: a page that ends among them loses none.
        var last = await LastAsync(database, album);
        var updated = await database.ScalarAsync<long>("select updation_time from projections.collections where id = $1", album);
        await one.OkAsync(new LeaveCollection(friend, album));
        await AssertPagesAsync(social, album, last, comments, reactions);

        // What comes at once after them is later than all of them.
        var after = await two.OkAsync(Comment(owner, album));
        var page = await social.DiffAsync(new SocialDiffQuery(album, last, last, 2000, null, null), CancellationToken.None);
        Assert.Equal(after, page.Comments[^1].Id);
        Assert.True(page.Comments[^1].UpdatedAt > page.Reactions[^1].UpdatedAt);
        Assert.True(await database.ScalarAsync<long>("select updation_time from projections.collections where id = $1", album) > updated);
        Assert.True((await RebuildAsync(database)).IsSame);
    }

    [Fact]
    public async Task A_clock_that_is_ahead_goes_on_from_where_it_is()
    {
        await using var database = await Silo.DatabaseAsync();
        await using var silo = new Silo(database);
        var owner = await World.UserAsync(silo);
        var album = await World.CollectionAsync(silo, owner);
        await silo.OkAsync(Comment(owner, album));
        var ahead = await database.ScalarAsync<long>(
            "update projections.collections set social_time = social_time + 3600000000 where id = $1 returning social_time", album);
        var ids = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => silo.OkAsync(Comment(owner, album))));
        var times = await database.RowsAsync(
            "select updated_at from projections.comments where collection_id = $1 and id = any($2) order by updated_at", r => r.GetInt64(0), album, ids);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => ahead + i), times);
        Assert.Equal(times[^1], await LastAsync(database, album));
    }

    [Fact]
    public async Task Nothing_of_a_sharee_lives_on_after_the_share_has_ended()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var (owner, friend) = (await World.UserAsync(one), await World.UserAsync(one));
        var album = await World.CollectionAsync(one, owner);
        var accepted = 0;
        for (var round = 0; round < 10; round++)
        {
            await one.OkAsync(new ShareCollection(owner, album, friend, "sealed", Roles.Viewer));
            var writes = Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).SendAsync(Comment(friend, album))).ToList();
            var react = two.SendAsync(Reaction(friend, album, file: round));
            await two.OkAsync(new UnshareCollection(owner, album, friend));
            accepted += (await Task.WhenAll(writes)).Count(r => !r.IsRefused);
            await react;
            Assert.Equal(0, await database.ScalarAsync<long>(
                """
                select (select count(*) from projections.comments where not is_deleted and user_id = $1)
                     + (select count(*) from projections.reactions where not is_deleted and user_id = $1)
                """,
                friend));
        }

        Assert.True(accepted > 0);
        Assert.True((await RebuildAsync(database)).IsSame);
    }

    private static async Task AssertPagesAsync(SocialQueries social, long album, long since, string[] comments, string[] reactions)
    {
        var (c, r) = (since, since);
        var (gotComments, gotReactions) = (new List<Comment>(), new List<Reaction>());
        while (true)
        {
            var page = await social.DiffAsync(new SocialDiffQuery(album, c, r, 7, null, null), CancellationToken.None);
            gotComments.AddRange(page.Comments);
            gotReactions.AddRange(page.Reactions);
            if (page.HasMoreComments) Assert.Equal(7, page.Comments.Count);
            if (!page.HasMoreComments && !page.HasMoreReactions) break;
            if (page.Comments.Count > 0) c = page.Comments[^1].UpdatedAt;
            if (page.Reactions.Count > 0) r = page.Reactions[^1].UpdatedAt;
        }

        Assert.Equal(comments.Order(), gotComments.Select(x => x.Id).Order());
        Assert.Equal(reactions.Order(), gotReactions.Select(x => x.Id).Order());
        var times = gotComments.Select(x => x.UpdatedAt).Concat(gotReactions.Select(x => x.UpdatedAt)).ToList();
        Assert.Equal(times.Count, times.Distinct().Count());
        Assert.All(gotComments.Zip(gotComments.Skip(1)), p => Assert.True(p.First.UpdatedAt < p.Second.UpdatedAt));
        Assert.All(gotReactions.Zip(gotReactions.Skip(1)), p => Assert.True(p.First.UpdatedAt < p.Second.UpdatedAt));
    }

    private static Task<long> LastAsync(TestDatabase database, long album) =>
        database.ScalarAsync<long>("select social_time from projections.collections where id = $1", album);

    private static Task<RebuildResult> RebuildAsync(TestDatabase database) =>
        new Rebuilder(
            database.DataSource, new PostgresEventStore(database.DataSource, StoredEvents.Types()), new Horizon(database.DataSource))
            .RunAsync(replace: false, null, CancellationToken.None);
}
