using System.Net;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

[Collection(nameof(QuietSilo))]
public sealed class TrashTests(QuietSilo quiet)
{
    [Fact]
    public async Task Files_go_to_the_trash_come_back_and_are_deleted_for_good_on_every_device()
    {
        var silo = quiet.Silo;
        var photos = await Media.SmallPhotosAsync(Path.Combine(silo.Directory, "media", "trash"), 6, "trash", seed: 7);
        var person = new Person(silo, "jana");
        using var phone = await person.SignUpAsync();
        using var laptop = await person.LogInAsync();
        var album = await phone.CreateAlbumAsync("To be tidied up");
        await phone.AddAsync(album, photos);
        var full = (await phone.DetailsAsync()).Usage;
        Assert.Equal(6, laptop.Library.Files(await laptop.SyncedAlbumAsync(album.Name)).Count);

        // To the trash, on one device; gone from the album and listed there on the other.
        var removed = phone.Library.Files(album).Take(4).ToList();
        await phone.Trash.RemoveAsync(removed);
        Assert.Equal(2, laptop.Library.Files(await laptop.SyncedAlbumAsync(album.Name)).Count);
        Assert.Equal(removed.Select(f => f.Id).Order(), laptop.Library.Trash().Select(t => t.File.Id).Order());
        Assert.All(laptop.Library.Trash(), t => Assert.InRange(
            DateTime.UnixEpoch.AddMicroseconds(t.DeleteBy), DateTime.UtcNow.AddDays(29), DateTime.UtcNow.AddDays(31)));

        // Back into another album, by the other device; still the same bytes.
        var kept = await laptop.CreateAlbumAsync("Kept after all");
        await laptop.Trash.RestoreAsync([.. laptop.Library.Trash().Where(t => removed.Take(2).Any(f => f.Id == t.File.Id))], kept);
        var restored = phone.Library.Files(await phone.SyncedAlbumAsync(kept.Name));
        await phone.AssertHoldsAsync(restored, [.. photos.Where(p => removed.Take(2).Any(f => f.Title == Path.GetFileName(p)))]);
        Assert.Equal(2, phone.Library.Trash().Count);

        // For good: no device can get at them, and they no longer count.
        await phone.Trash.DeleteAsync([.. removed.Skip(2).Select(f => f.Id)]);
        await laptop.SyncAsync();
        Assert.Empty(laptop.Library.Trash());
        foreach (var file in removed.Skip(2))
        {
            var refusal = await Assert.ThrowsAsync<EnteApiException>(() => laptop.Downloads.DownloadThumbnailAsync(file));
            Assert.Contains(refusal.Status, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden, HttpStatusCode.Gone });
        }
        var details = await laptop.DetailsAsync();
        Assert.Equal(4, details.FileCount);
        Assert.InRange(details.Usage, 1, full - 1);
        var bin = laptop.Library.Trash();
        await Assert.ThrowsAsync<EnteApiException>(
            () => laptop.Trash.RestoreAsync([.. removed.Skip(2).Select(f => new TrashedFile(f, 0))], kept));
        Assert.Empty(bin);

        // What was deleted for good is new again when it is added again.
        var again = await laptop.AddAsync(await laptop.SyncedAlbumAsync(album.Name), photos);
        Assert.Equal(2, again.Outcomes.Count(o => o.Result == UploadResult.Uploaded));
        Assert.Equal(6, phone.Library.Files(await phone.SyncedAlbumAsync(album.Name)).Count);

        // An album deleted with its files: they lie in the trash.
        await phone.Trash.RemoveAsync(phone.Library.Files(album));
        await phone.Trash.DeleteAlbumAsync(album);
        await laptop.SyncAsync();
        Assert.DoesNotContain(laptop.Library.Albums, a => a.Id == album.Id);
    }

    [Fact]
    public async Task Logging_out_everywhere_ends_every_device()
    {
        var person = new Person(quiet.Silo, "karl");
        using var phone = await person.SignUpAsync();
        using var lost = await person.LogInAsync();
        await lost.CreateAlbumAsync("Before it was lost");
        Assert.Equal(2, await new AccountFlows(phone.Http, Person.FastKdf).LogOutEverywhereAsync());

        // At once: no cache may let a lost device go on.
        var refusal = await Assert.ThrowsAsync<EnteApiException>(() => lost.Library.SyncAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, refusal.Status);
        phone.Http.Token = phone.Session.Token;
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<EnteApiException>(() => phone.Library.SyncAsync())).Status);

        using var found = await person.LogInAsync();
        Assert.NotNull(await found.SyncedAlbumAsync("Before it was lost"));
    }

    [Fact]
    public async Task A_wrong_password_lets_nobody_in()
    {
        var person = new Person(quiet.Silo, "lena");
        using var phone = await person.SignUpAsync();
        using var network = new Wiretap(quiet.Silo);
        using var http = new EnteClient(quiet.Silo.Address, Device.OptionsOver(network));
        await Assert.ThrowsAsync<WrongPasswordException>(
            () => new AccountFlows(http, Person.FastKdf).LogInAsync(person.Email, person.Password + "?", new Nobody()));
        Assert.Null(http.Token);
    }

    private sealed class Nobody : IAccountPrompts
    {
        public Task<string> EmailCodeAsync(string email, bool isLogged, CancellationToken cancellationToken) => throw new InvalidOperationException("No code is needed.");

        public Task<string> TotpCodeAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("No code is needed.");

        public Task PasskeyAsync(Uri page, CancellationToken cancellationToken) => throw new InvalidOperationException("No passkey is needed.");
    }
}
