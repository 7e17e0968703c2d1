using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Ente.Orleans.Bench;

/// <summary>What somebody who goes on working gets beside an attack, against the same undisturbed, turn by turn.</summary>
internal static class BesideAttacks
{
    private const int Rounds = 5;
    private const string Attacker = "203.0.113.9";
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(BenchServer server)
    {
        var (id, token) = await server.UserAsync();
        var album = await server.AlbumAsync(token);
        for (var i = 0; i < 200; i++) await BenchServer.PostAsync(server.Http, "/files", await server.PreparedFileAsync(id, album), token);
        var (_, other) = await server.UserAsync();
        var large = await FilledAlbumAsync(server, other);

        var diff = $"GET /collections/v2/diff?collectionID={large}&sinceTime=0 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {other}\r\n\r\n";
        await CompareAsync(server, token, album, "60 sockets that read nothing of a diff", () => OpenAsync(server, 60, diff, []));
        await CompareAsync(
            server, token, album, "120 bodies that never end",
            () => OpenAsync(
                server, 120, $"POST /cast/device-info HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {Attacker}\r\nTransfer-Encoding: chunked\r\n\r\n",
                [.. "f000\r\n"u8, .. Enumerable.Repeat((byte)' ', 0xf000)]));
        var list = Encoding.UTF8.GetBytes($$"""{"collectionID":{{large}},"fileIDs":[{{string.Join(',', Enumerable.Range(1_000_000, 400_000))}}]}""");
        var remove = $"POST /collections/v3/remove-files HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {other}\r\nContent-Length: {list.Length}\r\n\r\n";
        await CompareAsync(server, token, album, "10 lists of 400,000 ids", () => OpenAsync(server, 10, remove, list));
    }

    private static async Task CompareAsync(
        BenchServer server, string token, long album, string attack, Func<Task<IReadOnlyList<Socket>>> begin)
    {
        var (beside, alone) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(await WorkAsync(server, token, album));
            var sockets = await begin();
            beside.Add(await WorkAsync(server, token, album));
            foreach (var socket in sockets) socket.Dispose();
        }

        Report.Line($"beside {attack}", beside, "requests/s", "undisturbed", alone, "requests/s");
    }

    private static async Task<double> WorkAsync(BenchServer server, string token, long album)
    {
        var started = Stopwatch.GetTimestamp();
        var requests = 0;
        while (Stopwatch.GetElapsedTime(started) < Turn)
        {
            await server.SendAsync(server.Http, HttpMethod.Get, "/collections/v2?sinceTime=0", null, token);
            await server.SendAsync(server.Http, HttpMethod.Get, $"/collections/v2/diff?collectionID={album}&sinceTime=0", null, token);
            await server.SendAsync(
                server.Http, HttpMethod.Post, "/collections/rename", new { collectionID = album, encryptedName = "x", nameDecryptionNonce = "y" }, token);
            requests += 3;
        }

        return requests / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<long> FilledAlbumAsync(BenchServer server, string token)
    {
        var album = await server.AlbumAsync(token);
        await server.RunAsync("psql", "-c", $"""
            insert into projections.files (id, owner_id, app, encrypted_metadata, metadata_header, file_header, thumbnail_header, file_size,
                thumbnail_size, is_deleted, updation_time, version)
            select 9000000 + n, 1, 'photos', repeat(md5(n::text), 90), 'h', 'h', 'h', 1, 1, false, n, 1 from generate_series(1, 2500) n;
            insert into projections.memberships (collection_id, file_id, file_owner_id, collection_owner_id, encrypted_key, key_decryption_nonce,
                is_deleted, created_at, updation_time)
            select {album}, 9000000 + n, 1, 1, 'k', 'n', false, n, n from generate_series(1, 2500) n
            """);
        return album;
    }

    // All are sent at once; whatever is answered is not read.
    private static async Task<IReadOnlyList<Socket>> OpenAsync(BenchServer server, int count, string head, byte[] body) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync("127.0.0.1", server.Http.BaseAddress!.Port);
            try
            {
                foreach (var bytes in (byte[][])[Encoding.ASCII.GetBytes(head), body])
                {
                    for (ReadOnlyMemory<byte> left = bytes; left.Length > 0;) left = left[await socket.SendAsync(left)..];
                }
            }
            catch (SocketException)
            {
                // Refused, and closed before all of it was sent: so much for this one.
            }

            return socket;
        }));
}
