using System.Collections.Concurrent;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>Kills under load. What a device was told is done stays done; what it was not told can be asked for again.</summary>
[Collection(nameof(HarmedSilo))]
public sealed class FaultTests(HarmedSilo harmed)
{
    private const int Parallel = 8;
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_silo_killed_in_the_middle_of_uploads_has_everything_it_acknowledged_and_takes_the_rest_again()
    {
        var silo = harmed.Silo;
        var directory = Path.Combine(silo.Directory, "media", "killed");
        IReadOnlyList<string> files =
        [
            .. await Media.SmallPhotosAsync(directory, 150, "killed", seed: 8),
            await Media.VideoAsync(Path.Combine(directory, "killed.mp4"), 70 << 20),
        ];
        var person = new Person(silo, "moritz");
        using var phone = await person.SignUpAsync();
        var album = await phone.CreateAlbumAsync("Written in a thunderstorm");

        var acknowledged = new ConcurrentDictionary<string, bool>();
        // A client outlasts the outage, so the second one needs files of its own.
        foreach (var some in new[] { files.Take(75).ToList(), files })
        {
            var enough = acknowledged.Count + 20;
            var upload = new Upload(phone, album, some, acknowledged);
            await upload.UntilAcknowledgedAsync(enough);
            await silo.KillAsync();
            Assert.InRange(acknowledged.Count, enough, some.Count - 20);
            await silo.StartAgainAsync();
            await upload.EndedAsync();
            phone.Reopen();
        }

        await AssertNothingIsLostAsync(person, phone, album, files, acknowledged);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("INT")]
    public async Task A_silo_whose_database_is_killed_or_restarted_under_load_recovers_by_itself_and_loses_nothing(string signal)
    {
        var silo = harmed.Silo;
        var files = await Media.SmallPhotosAsync(Path.Combine(silo.Directory, "media", signal), 150, "database", seed: signal[0]);
        var person = new Person(silo, "nora");
        using var phone = await person.SignUpAsync();
        using var watcher = await person.LogInAsync();
        var album = await phone.CreateAlbumAsync($"Through {signal}");
        var acknowledged = new ConcurrentDictionary<string, bool>();
        var (siloId, postmasterId) = (silo.ProcessId, silo.PostmasterId);

        var upload = new Upload(phone, album, files, acknowledged);
        await upload.UntilAcknowledgedAsync(40);
        await SiloProcess.SignalAsync(signal, postmasterId);
        using var stop = new CancellationTokenSource(RecoveryLimit);
        await SyncUntilItWorksAsync(watcher, postmasterId, stop.Token);
        await upload.EndedAsync();
        Assert.Equal(siloId, silo.ProcessId);
        Assert.NotEqual(postmasterId, silo.PostmasterId);
        await silo.UntilReadyAsync(RecoveryLimit);

        phone.Reopen();
        await AssertNothingIsLostAsync(person, phone, album, files, acknowledged);
        // Requests waited, or were told to come again; none of them found the server at a loss.
        Assert.DoesNotContain(silo.ServerErrors, e => !e.StartsWith("503", StringComparison.Ordinal));
    }

    private static async Task SyncUntilItWorksAsync(Device device, int oldPostmaster, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await device.Library.SyncAsync(cancellation);
                if (device.Silo.PostmasterId != oldPostmaster)
                    return;
            }
            catch (Exception e) when (e is EnteApiException or HttpRequestException or IOException or FormatException or InvalidOperationException)
            {
                // Away, or its pid file is: that is what is waited for.
            }
            await Task.Delay(20, cancellation);
        }
    }

    private static async Task AssertNothingIsLostAsync(
        Person person, Device phone, Album album, IReadOnlyList<string> files, ConcurrentDictionary<string, bool> acknowledged)
    {
        // First another device, so that what it sees is what the server kept and not what a retry has mended.
        using var laptop = await person.LogInAsync();
        var kept = laptop.Library.Files(await laptop.SyncedAlbumAsync(album.Name));
        Assert.Empty(acknowledged.Keys.Select(Path.GetFileName).Except(kept.Select(f => f.Title)));
        await laptop.AssertHoldsAsync(kept, [.. files.Where(f => kept.Any(k => k.Title == Path.GetFileName(f)))]);

        var report = await phone.AddAsync(album, files, Parallel);
        Assert.Null(report.StoppedBy);
        Assert.Equal(files.Count, report.Outcomes.Count);
        Assert.All(report.Outcomes, o => Assert.True(
            o.Result == UploadResult.AlreadyInAlbum || (o.Result == UploadResult.Uploaded && !acknowledged.ContainsKey(o.Path)),
            $"{o.Path}: {o.Result}, acknowledged before: {acknowledged.ContainsKey(o.Path)}, {o.Error}"));

        await laptop.AssertHoldsAsync(laptop.Library.Files(await laptop.SyncedAlbumAsync(album.Name)), files);
        Assert.Equal(files.Count, (await laptop.DetailsAsync()).FileCount);
        Assert.Equal(0, phone.Library.UnfinishedUploads);
    }

    /// <summary>An upload that goes on while things are done to the server.</summary>
    private sealed class Upload
    {
        private readonly ConcurrentDictionary<string, bool> _acknowledged;
        private readonly Task<Exception?> _running;

        public Upload(Device device, Album album, IReadOnlyList<string> files, ConcurrentDictionary<string, bool> acknowledged)
        {
            _acknowledged = acknowledged;
            _running = Task.Run(() => Record.ExceptionAsync(() => device.AddAsync(album, files, Parallel, finished: outcome =>
            {
                if (outcome.Result == UploadResult.Uploaded)
                    acknowledged[outcome.Path] = true;
            })));
        }

        public async Task UntilAcknowledgedAsync(int count)
        {
            while (_acknowledged.Count < count)
            {
                Assert.False(_running.IsCompleted, $"the upload ended after {_acknowledged.Count} files: {(_running.IsCompleted ? _running.Result : null)}");
                await Task.Delay(2);
            }
        }

        /// <summary>It may have failed as a whole, as an app fails that cannot sync; nothing else may have happened to it.</summary>
        public async Task EndedAsync()
        {
            var failure = await _running;
            Assert.True(failure is null or EnteApiException or HttpRequestException or IOException, $"{failure}");
        }
    }
}
