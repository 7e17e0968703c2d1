using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ente.Orleans.Bench;

/// <summary>A full diff of 10,000 files over HTTP, against psql reading the same rows as JSON, turn by turn.</summary>
internal static partial class FullDiff
{
    private const int Files = 10_000;
    private const int Rounds = 7;

    public static async Task RunAsync(BenchServer server)
    {
        var (id, token) = await server.UserAsync();
        var album = await server.AlbumAsync(token);
        var bodies = new List<byte[]>();
        for (var i = 0; i < Files; i++) bodies.Add(await server.PreparedFileAsync(id, album));
        await Parallel.ForEachAsync(
            bodies, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (body, _) => await BenchServer.PostAsync(server.Http, "/files", body, token));
        await server.RunAsync("psql", "-c", "vacuum analyze");

        var sql = $"""
            select json_build_object('id', f.id, 'ownerID', f.owner_id, 'collectionID', m.collection_id, 'collectionOwnerID', m.collection_owner_id,
              'collectionAddedAt', m.created_at, 'encryptedKey', m.encrypted_key, 'keyDecryptionNonce', m.key_decryption_nonce,
              'file', json_build_object('decryptionHeader', f.file_header, 'size', 0),
              'thumbnail', json_build_object('decryptionHeader', f.thumbnail_header, 'size', 0),
              'metadata', json_build_object('encryptedData', f.encrypted_metadata, 'decryptionHeader', f.metadata_header, 'size', 0),
              'isDeleted', m.is_deleted, 'updationTime', m.updation_time, 'magicMetadata', f.magic_metadata, 'pubMagicMetadata', f.pub_magic_metadata,
              'info', json_build_object('fileSize', f.file_size, 'thumbSize', f.thumbnail_size))
            from projections.memberships m join projections.files f on f.id = m.file_id
            where m.collection_id = {album} order by m.updation_time
            """;
        var (ours, peers) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds + 2; round++)
        {
            var (us, them) = (await DiffAsync(server, token, album), await PsqlAsync(server, sql));
            if (round < 2) continue;
            ours.Add(us);
            peers.Add(them);
        }

        Report.Line("full diff of 10,000 files", ours, "ms", "psql, same rows as JSON", peers, "ms");
        Console.WriteLine($"  managed memory after it: {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB");
    }

    private static async Task<double> DiffAsync(BenchServer server, string token, long album)
    {
        var started = Stopwatch.GetTimestamp();
        var (since, rows, hasMore) = (0L, 0, true);
        while (hasMore)
        {
            // The time of the last row is what a client needs of a page; reading the page as text is not the server's work.
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/collections/v2/diff?collectionID={album}&sinceTime={since}");
            request.Headers.Add("X-Auth-Token", token);
            using var response = await server.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var times = Times().Matches(text);
            rows += times.Count;
            since = long.Parse(times[^1].Groups[1].Value, CultureInfo.InvariantCulture);
            hasMore = text.EndsWith("\"hasMore\":true}", StringComparison.Ordinal);
        }

        if (rows != Files) throw new InvalidOperationException($"the diff had {rows} files");
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    // psql's own timing: what starting the program takes is not counted against it.
    private static async Task<double> PsqlAsync(BenchServer server, string sql)
    {
        var output = await server.RunAsync("psql", "-At", "-o", "/dev/null", "-c", "\\timing on", "-c", sql);
        return double.Parse(Milliseconds().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("\"updationTime\":(\\d+)")]
    private static partial Regex Times();

    [GeneratedRegex(@"Time: ([\d.]+) ms")]
    private static partial Regex Milliseconds();
}
