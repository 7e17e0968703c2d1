using System.Net;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

[Collection(nameof(QuietSilo))]
public sealed class SharedAlbumTests(QuietSilo quiet)
{
    [Fact]
    public async Task A_viewer_sees_a_collaborator_adds_and_whoever_is_removed_sees_nothing_more()
    {
        var silo = quiet.Silo;
        var directory = Path.Combine(silo.Directory, "media", "shared");
        var hers = await Media.SmallPhotosAsync(directory, 3, "hers", seed: 3);
        var his = await Media.SmallPhotosAsync(directory, 2, "his", seed: 4);
        var (dora, emil) = (new Person(silo, "dora"), new Person(silo, "emil"));
        using var doras = await dora.SignUpAsync();
        using var emils = await emil.SignUpAsync();
        var album = await doras.CreateAlbumAsync("Two families in the Alps");
        await doras.AddAsync(album, hers);

        // Viewer: sees and opens, cannot add, cannot pass on.
        await doras.Sharing.ShareAsync(album, emil.Email, "VIEWER");
        var shared = await emils.SyncedAlbumAsync(album.Name);
        Assert.Equal("VIEWER", shared.Role);
        Assert.False(shared.IsOwn);
        await emils.AssertHoldsAsync(emils.Library.Files(shared), hers);
        var refused = await emils.AddAsync(shared, his);
        Assert.All(refused.Outcomes, o => Assert.Equal(UploadResult.Failed, o.Result));
        Assert.All(refused.Outcomes, o => Assert.Equal(HttpStatusCode.Forbidden, Assert.IsType<EnteApiException>(o.Error).Status));
        using var third = await new Person(silo, "fritz").SignUpAsync();
        await RefusedAsync(() => emils.Sharing.ShareAsync(shared, third.Session.Email));
        Assert.Equal(3, doras.Library.Files(await doras.SyncedAlbumAsync(album.Name)).Count);

        // Collaborator: adds own files, which stay his and which she opens.
        await doras.Sharing.ShareAsync(album, emil.Email, "COLLABORATOR");
        shared = await emils.SyncedAlbumAsync(album.Name);
        Assert.Equal("COLLABORATOR", shared.Role);
        var added = await emils.AddAsync(shared, his);
        // They were sent at the first attempt and only had to be put into the album.
        Assert.All(added.Outcomes, o => Assert.Equal(UploadResult.AddedToAlbum, o.Result));
        album = await doras.SyncedAlbumAsync(album.Name);
        await doras.AssertHoldsAsync(doras.Library.Files(album), [.. hers, .. his]);
        Assert.Equal(2, doras.Library.Files(album).Count(f => f.OwnerId == emils.Session.UserId));

        // Removed: nothing of hers is left to him, nothing of his to her; his files stay his.
        var hersSeenByHim = emils.Library.Files(await emils.SyncedAlbumAsync(album.Name)).First(f => f.OwnerId == doras.Session.UserId);
        var hisSeenByHer = doras.Library.Files(album).First(f => f.OwnerId == emils.Session.UserId);
        await doras.Sharing.UnshareAsync(album, emil.Email);
        await emils.SyncAsync();
        Assert.DoesNotContain(emils.Library.Albums, a => a.Name == album.Name);
        await RefusedAsync(() => emils.DownloadAsync(hersSeenByHim));
        await RefusedAsync(() => emils.Downloads.DownloadThumbnailAsync(hersSeenByHim));
        await RefusedAsync(() => emils.Http.GetAsync<object>($"/collections/v2/diff?collectionID={album.Id}&sinceTime=0"));
        album = await doras.SyncedAlbumAsync(album.Name);
        await doras.AssertHoldsAsync(doras.Library.Files(album), hers);
        await RefusedAsync(() => doras.DownloadAsync(hisSeenByHer));
        await emils.AssertHoldsAsync(emils.Library.Files(await emils.Library.UncategorizedAsync()), his);
    }

    [Fact]
    public async Task Nobody_reaches_the_files_or_albums_of_somebody_else_by_their_numbers()
    {
        var silo = quiet.Silo;
        var photos = await Media.SmallPhotosAsync(Path.Combine(silo.Directory, "media", "private"), 1, "private", seed: 5);
        using var owner = await new Person(silo, "gerd").SignUpAsync();
        using var stranger = await new Person(silo, "hugo").SignUpAsync();
        var album = await owner.CreateAlbumAsync("Nobody's business");
        await owner.AddAsync(album, photos);
        var file = Assert.Single(owner.Library.Files(album));
        var own = await stranger.CreateAlbumAsync("The stranger's own");
        var item = new { id = file.Id, encryptedKey = "AAAA", keyDecryptionNonce = "AAAA" };

        await RefusedAsync(() => stranger.DownloadAsync(file));
        await RefusedAsync(() => stranger.Downloads.DownloadThumbnailAsync(file));
        await RefusedAsync(() => stranger.Http.GetAsync<object>($"/collections/{album.Id}"));
        await RefusedAsync(() => stranger.Http.GetAsync<object>($"/collections/v2/diff?collectionID={album.Id}&sinceTime=0"));
        await RefusedAsync(() => stranger.Http.PostAsync("/collections/add-files", new { collectionID = own.Id, files = new[] { item } }));
        await RefusedAsync(() => stranger.Http.PostAsync("/collections/restore-files", new { collectionID = own.Id, files = new[] { item } }));
        await RefusedAsync(() => stranger.Http.PostAsync("/files/trash", new { items = new[] { new { fileID = file.Id, collectionID = own.Id } } }));
        await RefusedAsync(() => stranger.Http.PostAsync("/files/trash", new { items = new[] { new { fileID = file.Id, collectionID = album.Id } } }));
        await RefusedAsync(() => stranger.Http.PostAsync("/trash/delete", new { fileIDs = new[] { file.Id } }), mayDoNothing: true);
        await RefusedAsync(() => stranger.Http.PostAsync("/collections/share-url", new { collectionID = album.Id }));
        await RefusedAsync(() => stranger.Sharing.ShareAsync(album, stranger.Session.Email));
        await RefusedAsync(() => stranger.Trash.DeleteAlbumAsync(album));

        await owner.AssertHoldsAsync(owner.Library.Files(await owner.SyncedAlbumAsync(album.Name)), photos);
        await stranger.SyncAsync();
        Assert.Empty(stranger.Library.Files(own));
    }

    /// <param name="call">What must not work.</param>
    /// <param name="mayDoNothing">The contract lets the server answer 200 to a request that concerns nothing.</param>
    private static async Task RefusedAsync(Func<Task> call, bool mayDoNothing = false)
    {
        var refusal = await Record.ExceptionAsync(call);
        if (refusal is null && mayDoNothing)
            return;
        Assert.InRange((int)Assert.IsType<EnteApiException>(refusal).Status, 400, 499);
    }
}
