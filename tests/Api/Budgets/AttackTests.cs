using System.Net;
using System.Text;
using Ente.Orleans.Api.Budgets;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ente.Orleans.Api.Tests.Budgets;

/// <summary>
/// Attacks that took the whole server, each beside somebody who goes on working: every request of theirs succeeds, and soon. What the
/// attackers get is refused at once, and what they held is free afterwards.
/// </summary>
public sealed class AttackTests : IAsyncLifetime
{
    private const double Soon = 2000;
    private const string Attacker = "203.0.113.9";
    private static readonly TimeSpan Siege = TimeSpan.FromSeconds(3);
    private readonly ApiServer _server = new() { MaxRequestsPerSecond = 1000 };

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Sockets_that_do_not_read_an_albums_diff_hold_no_database_connection()
    {
        var owner = await _server.SignUpAsync();
        var link = await _server.OpenLinkAsync(owner);
        await FillAlbumAsync(owner, files: 2500, metadataBytes: 3000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await BesideAsync(async () =>
        {
            var request = Get($"/public-collection/diff?sinceTime=0&accessToken={link}", Attacker);
            var sockets = await Task.WhenAll(Enumerable.Range(0, 130).Select(_ => RawConnection.OpenAsync(_server, request)));
            await Task.Delay(Siege);
            Assert.InRange(Buffered.Held, 1, _server.Budget.BufferedBytesOfClient);
            // Of each no more than a piece or two is there, of the 8 MB that it asked for.
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 2 * _server.Budget.BufferedBytesOfClient);
            Array.ForEach(sockets, s => s.Dispose());
        });
    }

    [Fact]
    public async Task A_whole_page_is_read_in_pieces_and_every_file_comes_once()
    {
        var owner = await _server.SignUpAsync();
        await FillAlbumAsync(owner, files: 2600, metadataBytes: 1500);
        var ids = new List<long>();
        var (since, more) = (0L, true);
        while (more)
        {
            var page = await _server.JsonAsync(
                HttpMethod.Get, $"/collections/v2/diff?collectionID={owner.AlbumId}&sinceTime={since}", token: owner.Token);
            var files = page.GetProperty("diff").EnumerateArray().ToList();
            ids.AddRange(files.Select(f => f.GetProperty("id").GetInt64()));
            since = files[^1].GetProperty("updationTime").GetInt64();
            more = page.GetProperty("hasMore").GetBoolean();
        }

        Assert.Equal(2600, ids.Distinct().Count());
        Assert.Equal(2600, ids.Count);
    }

    [Fact]
    public async Task Long_lists_are_refused_before_anything_is_loaded_for_them()
    {
        var attacker = await _server.SignUpAsync();
        await BesideAsync(async () =>
        {
            // As many as fit into a body, and many more; announced, and not.
            foreach (var (count, isChunked) in new[] { (300_000, false), (300_000, true), (1_200_000, false), (1_200_000, true) })
            {
                var body = Encoding.UTF8.GetBytes(
                    $$"""{"collectionID":{{attacker.AlbumId}},"fileIDs":[{{string.Join(',', Enumerable.Range(1_000_000, count))}}]}""");
                foreach (var path in new[] { "/collections/v3/remove-files", "/trash/delete", "/files/info" })
                {
                    using var content = new StreamContent(new MemoryStream(body));
                    content.Headers.ContentLength = isChunked ? null : body.Length;
                    Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusOrClosedAsync(path, content, attacker));
                }
            }
        });
    }

    [Fact]
    public async Task Bodies_that_are_sent_to_be_kept_are_refused_at_the_size_of_their_route()
    {
        await BesideAsync(async () =>
        {
            var head = $"POST /users/ott HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {Attacker}\r\n";
            const int announced = (16 << 20) - 100;
            var sockets = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => RawConnection.OpenAsync(
                _server, $"{head}Content-Length: {announced}\r\n\r\n{{\"email\":\"")));
            Assert.All(await Task.WhenAll(sockets.Select(s => s.StatusAsync())), status => Assert.True(status is 413 or 429, $"{status}"));
            Array.ForEach(sockets, s => s.Dispose());

            sockets = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => RawConnection.OpenAsync(_server, head + "Transfer-Encoding: chunked\r\n\r\n")));
            await Task.WhenAll(sockets.Select(s => s.SendAsync(Chunk(60 * 1024))));
            await Task.Delay(Siege);
            Assert.InRange(Buffered.Held, 0, 120 * _server.Budget.AnonymousBody);
            Array.ForEach(sockets, s => s.Dispose());
        });
    }

    [Fact]
    public async Task Bodies_of_a_user_that_are_never_finished_have_a_share_of_the_memory()
    {
        var attacker = await _server.SignUpAsync();
        await BesideAsync(async () =>
        {
            var head = $"POST /collections HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {Attacker}\r\nX-Auth-Token: {attacker.Token}\r\nTransfer-Encoding: chunked\r\n\r\n";
            var sockets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawConnection.OpenAsync(_server, head)));
            await Task.WhenAll(sockets.Select(s => s.SendAsync(Chunk(_server.Budget.UserBody - 100))));
            await Task.Delay(Siege);
            Assert.InRange(Buffered.Held, _server.Budget.BufferedBytesOfClient / 2, _server.Budget.BufferedBytesOfClient);
            Array.ForEach(sockets, s => s.Dispose());
        });
    }

    [Fact]
    public async Task Uploads_that_were_only_announced_take_no_disk()
    {
        var attacker = await _server.SignUpAsync();
        await BesideAsync(async () =>
        {
            var sockets = new List<RawConnection>();
            for (var i = 0; i < 5; i++)
            {
                var urls = await _server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=1", token: attacker.Token);
                var url = new Uri(urls.GetProperty("urls")[0].GetProperty("url").GetString()!);
                sockets.Add(await RawConnection.OpenAsync(
                    _server, $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: {10L << 30}\r\n\r\nx"));
            }

            await Task.Delay(Siege);
            var incoming = new DirectoryInfo(Path.Combine(_server.ObjectDirectory, "incoming")).EnumerateFiles().ToList();
            Assert.InRange(incoming.Sum(f => f.Length), 0, 1 << 20);
            sockets.ForEach(s => s.Dispose());
        });
    }

    [Fact]
    public async Task Upload_slots_are_bounded_and_the_oldest_are_given_up()
    {
        var (attacker, owner) = (await _server.SignUpAsync(), await _server.SignUpAsync());
        var link = await _server.OpenLinkAsync(owner);
        var own = await _server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=1", token: owner.Token);
        await BesideAsync(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                await _server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=50", token: attacker.Token);
                using var visitor = await _server.SendAsync(HttpMethod.Get, "/public-collection/upload-urls?count=50", null, null, link);
                Assert.True(visitor.IsSuccessStatusCode);
            }
        });
        Assert.Equal(_server.Budget.OpenSlots, await OpenSlotsAsync(attacker));
        // What visitors opened has bounds of its own: the owner's older one is still there.
        Assert.Equal(_server.Budget.OpenSlots + 1, await OpenSlotsAsync(owner));
        using var put = await PutAsync(own.GetProperty("urls")[0].GetProperty("url").GetString()!, [1, 2, 3]);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    [Fact]
    public async Task Unclaimed_uploads_are_counted_by_their_bytes_and_the_oldest_give_way()
    {
        // 2 MiB of a plan, and the headroom of 50 MiB that every upload has.
        var server = new ApiServer { FreePlanStorage = 2 << 20 };
        await server.InitializeAsync();
        try
        {
            var user = await server.SignUpAsync();
            async Task<(string Key, string Url)> UrlAsync()
            {
                var urls = await server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=1", token: user.Token);
                return (urls.GetProperty("urls")[0].GetProperty("objectKey").GetString()!, urls.GetProperty("urls")[0].GetProperty("url").GetString()!);
            }

            // A film that failed twice, announced and hardly begun, counts for nothing.
            var failed = new List<RawConnection>();
            for (var i = 0; i < 2; i++)
            {
                var url = new Uri((await UrlAsync()).Url);
                failed.Add(await RawConnection.OpenAsync(
                    server, $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: {10L << 30}\r\n\r\nx"));
            }

            var content = new byte[10 << 20];
            var keys = new List<string>();
            for (var i = 0; i < 7; i++)
            {
                var (key, url) = await UrlAsync();
                keys.Add(key);
                using var body = new ByteArrayContent(content);
                using var answer = await server.Http.PutAsync(url, body);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            // One alone that is more than all of it is refused on its way.
            using var large = new ByteArrayContent(new byte[54 << 20]);
            using var refused = await server.Http.PutAsync((await UrlAsync()).Url, large);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

            failed.ForEach(f => f.Dispose());
            var open = await server.Database.RowsAsync(
                "select object_key from transient.upload_slots where stored_bytes > 0 and expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint",
                r => r.GetString(0));
            Assert.DoesNotContain(keys[0], open);
            Assert.DoesNotContain(keys[1], open);
            Assert.Empty(server.Errors);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_disk_that_is_nearly_full_takes_no_uploads_and_all_else()
    {
        // More than any disk has is to stay free.
        var server = new ApiServer { KeepFree = 1L << 60 };
        await server.InitializeAsync();
        try
        {
            var user = await server.SignUpAsync();
            var urls = await server.JsonAsync(HttpMethod.Get, "/files/upload-urls?count=1", token: user.Token);
            using var body = new ByteArrayContent([1, 2, 3]);
            using var answer = await server.Http.PutAsync(urls.GetProperty("urls")[0].GetProperty("url").GetString()!, body);
            Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
            var victim = new Victim(server, user);
            await victim.WorkAsync(Task.CompletedTask);
            Assert.Empty(victim.Failures);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_connection_does_not_use_up_the_limit_of_the_process()
    {
        await BesideAsync(async () =>
        {
            var many = string.Concat(Enumerable.Repeat(Get("/public-collection/info", Attacker), 1000));
            var until = DateTime.UtcNow + Siege;
            var answers = new StringBuilder();
            while (DateTime.UtcNow < until)
            {
                using var connection = await RawConnection.OpenAsync(_server, "");
                var reading = connection.ReadAsync(TimeSpan.FromSeconds(1));
                await connection.SendAsync(many);
                answers.Append(await reading);
            }

            var (refused, told) = (Count(answers, "HTTP/1.1 429"), Count(answers, "Retry-After: "));
            Assert.True(refused > 100, $"{refused} refused");
            // The last answer may be cut off.
            Assert.InRange(told, refused - 10, refused);
        });
    }

    private BufferedBytes Buffered => _server.Services.GetRequiredService<BufferedBytes>();

    private static int Count(StringBuilder text, string what) =>
        text.ToString().Split(what, StringSplitOptions.None).Length - 1;

    private static string Get(string path, string address) => $"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n\r\n";

    private static byte[] Chunk(int bytes) => [.. Encoding.ASCII.GetBytes($"{bytes:x}\r\n"), .. Enumerable.Repeat((byte)' ', bytes), 13, 10];

    private async Task BesideAsync(Func<Task> attack)
    {
        var victim = await Victim.CreateAsync(_server);
        await victim.WorkAsync(Task.CompletedTask);
        await victim.WorkAsync(Task.Run(attack));
        Assert.Empty(victim.Failures);
        Assert.InRange(victim.P99, 0, Soon);
        // Given back when the server has noticed that they are gone.
        for (var i = 0; i < 100 && Buffered.Held > 0; i++)
            await Task.Delay(50);
        Assert.Equal(0, Buffered.Held);
        Assert.Empty(_server.Errors);
    }

    private async Task<HttpStatusCode> StatusOrClosedAsync(string path, HttpContent content, ApiUser user)
    {
        try
        {
            using var answer = await _server.SendAsync(HttpMethod.Post, path, content, user.Token);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The server had answered and closed before all of it was sent.
            return HttpStatusCode.RequestEntityTooLarge;
        }
    }

    private Task<long> OpenSlotsAsync(ApiUser user) => _server.Database.ScalarAsync<long>(
        "select count(*) from transient.upload_slots where owner_id = $1 and expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint", user.Id);

    private async Task<HttpResponseMessage> PutAsync(string url, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        return await _server.Http.PutAsync(url, body);
    }

    /// <summary>Files without bytes, straight into the tables: an album of thousands takes minutes to upload.</summary>
    private async Task FillAlbumAsync(ApiUser owner, int files, int metadataBytes)
    {
        await _server.Database.ExecuteAsync(
            """
            insert into projections.files (id, owner_id, app, encrypted_metadata, metadata_header, file_header, thumbnail_header, file_object_key,
                thumbnail_object_key, file_size, thumbnail_size, is_deleted, updation_time, version)
            select 1000000 + n, $1, 'photos', repeat(md5(n::text), $3 / 32), 'h', 'h', 'h', 'f', 't', 1, 1, false, n, 1 from generate_series(1, $2) n
            """,
            owner.Id, files, metadataBytes);
        await _server.Database.ExecuteAsync(
            """
            insert into projections.memberships (collection_id, file_id, file_owner_id, collection_owner_id, encrypted_key, key_decryption_nonce,
                is_deleted, created_at, updation_time)
            select $1, 1000000 + n, $2, $2, 'k', 'n', false, n / 3 + 1, n / 3 + 1 from generate_series(1, $3) n
            """,
            owner.AlbumId, owner.Id, files);
    }
}
