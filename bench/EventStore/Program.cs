// Appends a second (1 stream x 1 event, full durability) through the event store, against pgbench inserting the same two rows in
// the same cluster in the same run, pipelined and prepared: what the database itself can do. Usage: [seconds per measurement]
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ente.Orleans.EventStore;
using Ente.Orleans.EventStore.Bench;
using Ente.Orleans.EventStore.Embedded;

var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var directory = Path.Combine("/tmp", "eo-bench-" + Path.GetRandomFileName().Replace(".", ""));
var cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Directory = directory });
try
{
    await Migrator.MigrateAsync(cluster.DataSource, PostgresEventStore.Migrations);
    var store = new PostgresEventStore(cluster.DataSource, new EventTypes().Map<Appended>("appended"));
    foreach (var writers in new[] { 1, 16 })
    {
        await AppendsASecondAsync(writers, 1);
        // Taken in turns, because the machine's speed drifts.
        double ours = 0, peer = 0;
        for (var round = 0; round < 3; round++)
        {
            peer += await PgbenchAsync(writers) / 3;
            ours += await AppendsASecondAsync(writers, seconds) / 3;
        }

        Console.WriteLine($"{writers,2} writers: append {ours,7:0}/s, pgbench {peer,7:0}/s, ratio {ours / peer:0.00}");
    }

    async Task<double> AppendsASecondAsync(int writers, int forSeconds)
    {
        var until = Stopwatch.GetTimestamp() + forSeconds * Stopwatch.Frequency;
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetTimestamp() < until)
            {
                await store.AppendAsync(
                    [new StreamAppend($"bench-{Guid.NewGuid():n}", "bench", 0, [new NewEvent(new Appended(writer, count, new string('x', 100)))])],
                    null);
                count++;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    async Task<double> PgbenchAsync(int writers)
    {
        var script = Path.Combine(directory, "pgbench.sql");
        await File.WriteAllTextAsync(script, """
            \set stream random(1, 9000000000000000000)
            \startpipeline
            begin;
            insert into events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
              values ('bench-' || :stream, 'bench', 1, now(), now(), '*DEFAULT*', false);
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
              values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'bench-' || :stream, 1,
                '{"Writer": 1, "Number": 1, "Text": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}',
                'appended', now(), '*DEFAULT*', 'Ente.Orleans.EventStore.Bench.Appended, EventStore.Bench', false);
            commit;
            \endpipeline
            """);
        var start = new ProcessStartInfo(
            Path.Combine(cluster.BinDirectory, "pgbench"),
            ["-n", "-M", "prepared", "-c", $"{writers}", "-j", "2", "-T", $"{seconds}", "-f", script, "-h", Path.Combine(directory, "run"), "-U", "ente", "ente"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pgbench does not start");
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var rate = Regex.Match(output, @"tps = ([\d.]+) \(without");
        return rate.Success
            ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench: {output}{await error}");
    }
}
finally
{
    await cluster.StopAsync();
    Directory.Delete(directory, recursive: true);
}
