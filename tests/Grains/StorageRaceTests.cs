using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Families;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

/// <summary>Uploads at the same time into different albums, on different silos, never store more than there is room for.</summary>
public sealed class StorageRaceTests
{
    private const long GiB = 1L << 30;
    private const long Room = FreePlan.DefaultStorage / GiB;

    [Fact]
    public async Task The_members_of_a_family_fill_its_plan_and_no_more()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var admin = await World.UserAsync(one);
        await one.OkAsync(new CreateFamily(admin, "place", World.Now));
        var albums = new List<(long Owner, long Album)> { (admin, await World.CollectionAsync(one, admin)) };
        foreach (var name in (int[])[1, 2])
            albums.Add(await MemberAsync(one, admin, name));

        var replies = await UploadAsync([one, two], albums);

        Assert.Equal(Room, replies.Count(r => !r.IsRefused));
        Assert.All(replies.Where(r => r.IsRefused), r => Assert.Equal(Refusal.StorageExceeded, r.Refusal));
        Assert.Equal(Room * (GiB + 100), await database.ScalarAsync<long>("select sum(bytes)::bigint from projections.usage"));
    }

    [Fact]
    public async Task One_user_fills_the_plan_through_many_albums_and_no_more()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var user = await World.UserAsync(one);
        var albums = new List<(long Owner, long Album)>();
        for (var i = 0; i < 3; i++) albums.Add((user, await World.CollectionAsync(one, user)));

        var replies = await UploadAsync([one, two], albums);

        Assert.Equal(Room, replies.Count(r => !r.IsRefused));
        Assert.Equal(Room * (GiB + 100), await database.ScalarAsync<long>("select sum(bytes)::bigint from projections.usage"));
    }

    [Fact]
    public async Task A_member_fills_the_own_limit_and_no_more()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var admin = await World.UserAsync(one);
        await one.OkAsync(new CreateFamily(admin, "place", World.Now));
        var (member, first) = await MemberAsync(one, admin, 1);
        await one.OkAsync(new ChangeFamilyStorageLimit(admin, admin, member, 4 * GiB, World.Now));
        var albums = new List<(long Owner, long Album)> { (member, first), (member, await World.CollectionAsync(one, member)) };

        var replies = await UploadAsync([one, two], albums);

        Assert.Equal(4, replies.Count(r => !r.IsRefused));
        await one.OkAsync(World.File(admin, await World.CollectionAsync(one, admin)) with { Content = World.Object(admin, 6 * GiB) });
    }

    private static async Task<(long Owner, long Album)> MemberAsync(Silo silo, long admin, int name)
    {
        var member = await World.UserAsync(silo);
        var place = await silo.OkAsync(World.Invitation(admin, member, name));
        await silo.OkAsync(new AcceptFamilyInvitation(admin, member, place.TokenHash!));
        return (member, await World.CollectionAsync(silo, member));
    }

    private static Task<Reply<Domain.Files.CreatedFile>[]> UploadAsync(Silo[] silos, List<(long Owner, long Album)> albums) =>
        Task.WhenAll(Enumerable.Range(0, 10 * albums.Count).Select(i =>
        {
            var (owner, album) = albums[i % albums.Count];
            return silos[i / albums.Count % 2].SendAsync(World.File(owner, album) with { Content = World.Object(owner, GiB) });
        }));
}
