using System.Net;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

public sealed class SharingTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_shared_album_opens_for_the_other_with_the_same_files()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var bob = _world.Device(await _world.SignUpAsync("bob@example.org"));
        var words = await new AlbumSharing(library.Http).ShareAsync(album, " Bob@Example.org ");
        Assert.Equal(Mnemonic.VerificationId(bob.Session.Keys.PublicKey), words);

        await bob.SyncAsync();
        var shared = Assert.Single(bob.Albums);
        Assert.False(shared.IsOwn);
        Assert.Equal("VIEWER", shared.Role);
        Assert.Equal("alice@example.org", shared.OwnerEmail);
        await new Downloader(bob.Http).DownloadAsync(Assert.Single(bob.Files(shared)), new MemoryStream());

        var carol = _world.Device(await _world.SignUpAsync("carol@example.org"));
        await carol.SyncAsync();
        Assert.Empty(carol.Albums);
        await Assert.ThrowsAsync<EnteApiException>(() => new AlbumSharing(library.Http).ShareAsync(album, "nobody@example.org"));
    }

    [Fact]
    public async Task A_link_opens_without_an_account_and_carries_the_key_in_its_fragment_only()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var path = _world.Photo("a.jpg");
        await World.Uploader(library).AddAsync(album, [path]);
        var link = await new AlbumSharing(library.Http, World.FastKdf).CreateLinkAsync(album);
        Assert.Equal("#" + Base58.Encode(album.Key), link.Fragment);
        Assert.True(PublicAlbum.IsLink(link.ToString()));

        var visited = await OpenAsync(link, null);
        Assert.Equal("Holiday", visited.Album.Name);
        var file = Assert.Single(await visited.ListAsync(new Problems()));
        var content = new MemoryStream();
        await visited.Downloads.DownloadAsync(file, content);
        Assert.Equal(await File.ReadAllBytesAsync(path), content.ToArray());
        Assert.NotEmpty(await visited.Downloads.DownloadThumbnailAsync(file));

        var wrongKey = new UriBuilder(link) { Fragment = Base58.Encode(new byte[32]) }.Uri;
        await Assert.ThrowsAsync<UntrustworthyDataException>(() => OpenAsync(wrongKey, null));
        await new AlbumSharing(library.Http).RemoveLinkAsync(album);
        var gone = await Assert.ThrowsAsync<EnteApiException>(() => OpenAsync(link, null));
        Assert.Equal(HttpStatusCode.Unauthorized, gone.Status);
    }

    [Fact]
    public async Task A_link_with_a_password_asks_for_it()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [_world.Photo("a.jpg")]);
        var sharing = new AlbumSharing(library.Http, World.FastKdf);
        var link = await sharing.CreateLinkAsync(album, "open sesame");
        Assert.Single(await (await OpenAsync(link, "open sesame")).ListAsync(new Problems()));
        Assert.Contains("wrong", (await Assert.ThrowsAsync<LinkPasswordException>(() => OpenAsync(link, "other"))).Message, StringComparison.Ordinal);
        Assert.Contains("needs", (await Assert.ThrowsAsync<LinkPasswordException>(() => OpenAsync(link, null))).Message, StringComparison.Ordinal);
        await sharing.RemoveLinkPasswordAsync(album);
        Assert.Single(await (await OpenAsync(link, null)).ListAsync(new Problems()));
    }

    [Fact]
    public async Task A_link_lists_across_pages_and_leaves_removed_files_out()
    {
        var (library, album) = await _world.WithAlbumAsync();
        await World.Uploader(library).AddAsync(album, [.. Enumerable.Range(0, 5).Select(i => _world.Photo($"{i}.jpg", seed: i))]);
        await new TrashBin(library).RemoveAsync([library.Files(library.FindAlbum(album.Id)!)[0]]);
        var link = await new AlbumSharing(library.Http, World.FastKdf).CreateLinkAsync(album);
        _world.Server.PageSize = 2;
        Assert.Equal(4, (await (await OpenAsync(link, null)).ListAsync(new Problems())).Count);
    }

    [Theory]
    [InlineData("https://albums.example/?t=ABC#47qa6Tk3yjRhKLRuSbcL1Lv78eVSJB7TcWSh4Y88ZwkK", true)]
    [InlineData("https://albums.example/ABC#47qa6Tk3yjRhKLRuSbcL1Lv78eVSJB7TcWSh4Y88ZwkK", true)]
    [InlineData("https://albums.example/?x=1&t=ABC#2e5376ee4961e74a729a150b921af313000cb1fc2b520c98d21c317915926678", true)]
    [InlineData("https://albums.example/?t=ABC#11iuWUdJvig99xvxqAgbF1UBwHUbbyJzSzHfUZiDdCh", true)]
    [InlineData("https://albums.example/?t=ABC", false)]
    [InlineData("https://albums.example/#47qa6Tk3yjRhKLRuSbcL1Lv78eVSJB7TcWSh4Y88ZwkK", false)]
    [InlineData("https://albums.example/?t=ABC#short", false)]
    [InlineData("https://albums.example/?t=ABC#zz5376ee4961e74a729a150b921af313000cb1fc2b520c98d21c317915926678", false)]
    [InlineData("Holiday", false)]
    [InlineData("ftp://albums.example/?t=ABC#47qa6Tk3yjRhKLRuSbcL1Lv78eVSJB7TcWSh4Y88ZwkK", false)]
    public void Links_are_told_from_other_texts(string text, bool isLink) => Assert.Equal(isLink, PublicAlbum.IsLink(text));

    private Task<PublicAlbum> OpenAsync(Uri link, string? password) =>
        PublicAlbum.OpenAsync(ServerDouble.Address, link, () => Task.FromResult(password), _world.Server.Options, World.FastKdf);
}
