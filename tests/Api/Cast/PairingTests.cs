using System.Net;
using System.Text.Json;
using Ente.Orleans.Projections;
using Ente.Orleans.Projections.Transient;
using Xunit;

namespace Ente.Orleans.Api.Tests.Cast;

/// <summary>How long receivers and their pairings live (api/04 §6).</summary>
public sealed class PairingTests : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Purging_takes_what_nobody_paired_what_ended_and_what_is_no_longer_used_and_nothing_else()
    {
        var (user, other) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var (waiting, paired, ended) = (await RegisterAsync(), await RegisterAsync(), await RegisterAsync());
        var token = await PairAsync(user, paired);
        await PairAsync(other, ended);
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(token));
        await _server.StatusAsync(HttpMethod.Delete, $"/collections/v3/{other.AlbumId}?keepFiles=false&collectionID={other.AlbumId}", null, other.Token);

        await PurgeAsync(TimeSpan.FromMinutes(59));
        Assert.Equal([paired, ended, waiting], await CodesAsync());
        await PurgeAsync(TimeSpan.FromMinutes(61));
        Assert.Equal([paired], await CodesAsync());
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(token));
        await PurgeAsync(TimeSpan.FromDays(8));
        Assert.Empty(await CodesAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, await OpenAsync(token));
    }

    [Fact]
    public async Task A_token_that_a_receiver_has_pairs_no_other_one()
    {
        var (user, thief) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var token = await PairAsync(user, await RegisterAsync());
        var second = await RegisterAsync();
        Assert.Equal(HttpStatusCode.Conflict, await _server.StatusAsync(HttpMethod.Post, "/cast/cast-data", Pairing(thief, second, token), thief.Token));
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(token));
        var polled = await _server.JsonAsync(HttpMethod.Get, $"/cast/cast-data/{second}");
        Assert.Equal(JsonValueKind.Null, polled.GetProperty("encCastData").ValueKind);
        Assert.Empty(_server.Errors);
    }

    [Fact]
    public async Task Neither_the_token_nor_the_address_of_a_receiver_is_stored_in_clear()
    {
        var token = await PairAsync(await _server.SignUpAsync(), await RegisterAsync());
        var rows = await _server.Database.RowsAsync("select s::text from transient.cast_sessions s", r => r.GetString(0));
        var row = Assert.Single(rows);
        Assert.DoesNotContain(token, row, StringComparison.Ordinal);
        // PostgreSQL shows bytes in hexadecimal.
        Assert.DoesNotContain(Convert.ToHexStringLower("10.0.0."u8), row, StringComparison.Ordinal);
    }

    private static object Pairing(ApiUser user, string code, string token) =>
        new { collectionID = user.AlbumId, castToken = token, encPayload = "sealed", deviceCode = code };

    private async Task<string> RegisterAsync() =>
        (await _server.JsonAsync(HttpMethod.Post, "/cast/device-info", new { publicKey = ApiServer.Base64(32) })).GetProperty("deviceCode").GetString()!;

    private async Task<string> PairAsync(ApiUser user, string code)
    {
        var token = ApiServer.Base64(32);
        Assert.Equal(HttpStatusCode.OK, await _server.StatusAsync(HttpMethod.Post, "/cast/cast-data", Pairing(user, code, token), user.Token));
        return token;
    }

    private Task<HttpStatusCode> OpenAsync(string token) =>
        _server.StatusAsync(HttpMethod.Get, $"/cast/diff?sinceTime=0&castToken={Uri.EscapeDataString(token)}");

    private Task PurgeAsync(TimeSpan ahead) =>
        new CastSessions(_server.Database.DataSource, new PersonalData(_server.Database.DataSource, new byte[32], new byte[64]))
            .PurgeAsync((_server.Clock.GetUtcNow() + ahead - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, CancellationToken.None);

    private Task<List<string>> CodesAsync() =>
        _server.Database.RowsAsync("select code from transient.cast_sessions order by paired_at nulls last", r => r.GetString(0));
}
