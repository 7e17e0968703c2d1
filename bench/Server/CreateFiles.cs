using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ente.Orleans.Bench;

/// <summary>
/// Creating files over HTTP with 16 uploaders, against pgbench writing the same rows with as many
/// connections, turn by turn on the same cluster.
/// </summary>
internal static partial class CreateFiles
{
    private const int Uploaders = 16;
    private const int Rounds = 3;
    private const int FilesARound = 6000;
    private const int Seconds = 6;

    public static async Task RunAsync(BenchServer server)
    {
        var users = new List<(long Id, string Token, long Album)>();
        for (var i = 0; i < Uploaders; i++)
        {
            var (id, token) = await server.UserAsync();
            users.Add((id, token, await server.AlbumAsync(token)));
        }

        var one = users[0];
        var separate = new List<double>();
        var together = new List<double>();
        var unbatched = new List<double>();
        var peer = new List<double>();
        var peerOne = new List<double>();
        await RateAsync(server, server.Http, users, 1600);
        for (var round = 0; round < Rounds; round++)
        {
            separate.Add(await RateAsync(server, server.Http, users, FilesARound));
            peer.Add(await PgbenchAsync(server, users.ConvertAll(u => (u.Id, u.Album))));
            together.Add(await RateAsync(server, server.Http, [.. Enumerable.Repeat(one, Uploaders)], FilesARound));
            peerOne.Add(await PgbenchAsync(server, [(one.Id, one.Album)]));
            unbatched.Add(await RateAsync(server, server.WithoutBatching, [.. Enumerable.Repeat(one, Uploaders)], FilesARound / 4));
        }

        Report.Line("create, 16 uploaders, own albums", separate, "files/s", "pgbench, same rows", peer, "tx/s");
        Report.Line("create, 16 uploaders, one album", together, "files/s", "pgbench, same rows", peerOne, "tx/s");
        Report.Line("create, 16 uploaders, one album", together, "files/s", "batching off", unbatched, "files/s");
    }

    private static async Task<double> RateAsync(
        BenchServer server, HttpClient http, IReadOnlyList<(long Id, string Token, long Album)> uploaders, int files)
    {
        var bodies = new List<(string Token, byte[] Body)>();
        for (var i = 0; i < files; i++)
        {
            var u = uploaders[i % uploaders.Count];
            bodies.Add((u.Token, await server.PreparedFileAsync(u.Id, u.Album)));
        }

        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, uploaders.Count).Select(async w =>
        {
            for (var i = w; i < bodies.Count; i += uploaders.Count)
                await BenchServer.PostAsync(http, "/files", bodies[i].Body, bodies[i].Token);
        }));
        return files / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> PgbenchAsync(BenchServer server, IReadOnlyList<(long Id, long Album)> albums)
    {
        var script = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "create-files.sql"));
        var file = Path.GetTempFileName();
        var choices = string.Join('\n', albums.Select((a, i) => $"\\if :client_id = {i}\n\\set album {a.Album}\n\\set user {a.Id}\n\\endif"));
        await File.WriteAllTextAsync(file, $"\\set album {albums[0].Album}\n\\set user {albums[0].Id}\n{choices}\n{script}");
        var output = await server.RunAsync(
            "pgbench", "-n", "-M", "prepared", "-c", Uploaders.ToString(), "-j", "2", "-T", Seconds.ToString(), "-f", file);
        File.Delete(file);
        return double.Parse(Tps().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}

internal static class Report
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    public static void Line(string what, List<double> ours, string unit, string peerName, List<double> peers, string peerUnit)
    {
        var ratios = ours.Zip(peers, (a, b) => a / b).ToList();
        Console.WriteLine(
            $"{what}: {Median(ours):F0} {unit} | {peerName}: {Median(peers):F0} {peerUnit} | ratio {Median(ratios):F2} (from {ratios.Min():F2} to {ratios.Max():F2})");
    }
}
