using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

[Collection(nameof(QuietSilo))]
public sealed class PhotoLibraryTests(QuietSilo quiet)
{
    [Fact]
    public async Task Two_hundred_photos_arrive_on_a_second_device_and_are_never_sent_twice()
    {
        var silo = quiet.Silo;
        var photos = await Media.PhotosAsync(Path.Combine(silo.Directory, "media", "photos"), 200);
        Assert.Equal(200, photos.Count);
        var person = new Person(silo, "anna");
        using var phone = await person.SignUpAsync();
        var album = await phone.CreateAlbumAsync("A summer by the sea");

        var report = await phone.Uploader(parallel: 6).AddAsync(album, photos);
        Assert.Null(report.StoppedBy);
        Assert.All(report.Outcomes, o => Assert.True(o.Result == UploadResult.Uploaded, $"{o.Path}: {o.Result} {o.Error}"));
        Assert.Equal(200, report.Outcomes.Count);
        Assert.Equal(200, phone.Network.Count("POST /files"));

        using var laptop = await person.LogInAsync();
        var files = laptop.Library.Files(await laptop.SyncedAlbumAsync(album.Name));
        await laptop.AssertHoldsAsync(files, photos);
        foreach (var file in files.Where((_, i) => i % 20 == 0))
        {
            var thumbnail = await laptop.Downloads.DownloadThumbnailAsync(file);
            Assert.True(thumbnail.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]), $"the thumbnail of {file.Title} is no JPEG");
        }
        Assert.DoesNotContain(report.Outcomes, o => o.HasPlaceholderThumbnail);

        // The account counts what lies in the store: contents and thumbnails, each once.
        var stored = new DirectoryInfo(Path.Combine(silo.DataDirectory, "objects")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        var details = await laptop.DetailsAsync();
        Assert.Equal(200, details.FileCount);
        Assert.InRange(details.Usage, files.Sum(f => f.EncryptedSize ?? 0) + 200, stored);

        // The same directory again, from the device that knows and from the one that has never sent it.
        foreach (var device in new[] { phone, laptop })
        {
            var puts = device.Network.Count("PUT /objects");
            var again = await device.Uploader().AddAsync(album, photos);
            Assert.All(again.Outcomes, o => Assert.Equal(UploadResult.AlreadyInAlbum, o.Result));
            Assert.Equal(puts, device.Network.Count("PUT /objects"));
        }

        // Into another album without a transfer.
        var best = await laptop.CreateAlbumAsync("The best of that summer");
        var added = await laptop.Uploader().AddAsync(best, photos.Take(20).ToList());
        Assert.All(added.Outcomes, o => Assert.Equal(UploadResult.AddedToAlbum, o.Result));
        Assert.Equal(0, laptop.Network.Count("PUT /objects"));
        Assert.Equal(20, phone.Library.Files(await phone.SyncedAlbumAsync(best.Name)).Count);
        Assert.Equal(details.Usage, (await phone.DetailsAsync()).Usage);
    }

    [Fact]
    public async Task Two_devices_write_the_same_album_at_once_and_both_see_everything()
    {
        var silo = quiet.Silo;
        var directory = Path.Combine(silo.Directory, "media", "two-devices");
        var mornings = await Media.SmallPhotosAsync(directory, 40, "morning", seed: 1);
        var evenings = await Media.SmallPhotosAsync(directory, 40, "evening", seed: 2);
        var person = new Person(silo, "bela");
        using var phone = await person.SignUpAsync();
        using var tablet = await person.LogInAsync();
        var album = await phone.CreateAlbumAsync("Both at once");
        var same = await tablet.SyncedAlbumAsync(album.Name);

        // A third device syncs all the while: whatever it has seen last, it must end with everything.
        using var watcher = await person.LogInAsync();
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await watcher.Library.SyncAsync(CancellationToken.None);
        });
        var reports = await Task.WhenAll(phone.AddAsync(album, mornings, parallel: 8), tablet.AddAsync(same, evenings, parallel: 8));
        await stop.CancelAsync();
        await watching;

        Assert.All(reports.SelectMany(r => r.Outcomes), o => Assert.Equal(UploadResult.Uploaded, o.Result));
        foreach (var device in new[] { phone, tablet, watcher })
        {
            var files = device.Library.Files(await device.SyncedAlbumAsync(album.Name));
            Assert.Equal(mornings.Concat(evenings).Select(Path.GetFileName).Order(), files.Select(f => f.Title).Order());
        }
        await watcher.AssertHoldsAsync(watcher.Library.Files(album), [.. mornings, .. evenings]);
    }
}
