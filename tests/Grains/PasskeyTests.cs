using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

public sealed class PasskeyTests
{
    [Fact]
    public async Task Of_many_users_who_register_one_credential_at_once_one_has_it()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var users = new List<long>();
        for (var i = 0; i < 8; i++) users.Add(await World.UserAsync(one));
        var replies = await Task.WhenAll(users.Select((user, i) => (i % 2 == 0 ? one : two).SendAsync(World.Passkey(user, $"passkey-{i}", "same"))));
        Assert.Single(replies, r => r.Refusal is null);
        Assert.All(replies.Where(r => r.Refusal is not null), r => Assert.Equal("ALREADY_EXISTS", r.Refusal!.Code));
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from projections.passkeys"));
    }

    [Fact]
    public async Task Two_silos_give_nobody_an_eleventh_passkey()
    {
        await using var database = await Silo.DatabaseAsync();
        await using Silo one = new(database), two = new(database);
        var user = await World.UserAsync(one);
        var replies = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 2 == 0 ? one : two).SendAsync(World.Passkey(user, $"passkey-{i}"))));
        Assert.Equal(Passkey.MaxPerUser, replies.Count(r => r.Refusal is null));
        Assert.Equal(Passkey.MaxPerUser, await database.ScalarAsync<long>("select count(*) from projections.passkeys where not is_deleted"));
        Assert.Equal(Passkey.MaxPerUser, await database.ScalarAsync<long>("select count(*) from events.mt_events where type = 'passkey_registered'"));
    }
}
