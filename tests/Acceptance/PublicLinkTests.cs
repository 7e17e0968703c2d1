using System.Net;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

[Collection(nameof(QuietSilo))]
public sealed class PublicLinkTests(QuietSilo quiet)
{
    private const string LinkPassword = "the name of the dog";

    [Fact]
    public async Task A_visitor_opens_a_link_gives_its_password_and_is_shut_out_when_it_is_disabled()
    {
        var silo = quiet.Silo;
        silo.Secrets.Add("link password", LinkPassword);
        var photos = await Media.SmallPhotosAsync(Path.Combine(silo.Directory, "media", "link"), 5, "link", seed: 6);
        using var owner = await new Person(silo, "ida").SignUpAsync();
        var album = await owner.CreateAlbumAsync("For the grandparents");
        await owner.AddAsync(album, photos);

        // Without a password: the address alone opens it.
        var link = await owner.Sharing.CreateLinkAsync(album);
        silo.Secrets.Add("link key", link.Fragment.TrimStart('#'));
        using (var visit = await Visit.OpenAsync(silo, link, () => throw new InvalidOperationException("no password was set")))
        {
            Assert.Equal(album.Name, visit.Album.Album.Name);
            await visit.AssertHoldsAsync(photos);
        }

        // With one: nothing but the name before it is given.
        Assert.Equal(link, await owner.Sharing.CreateLinkAsync(album, LinkPassword));
        var wrong = await Assert.ThrowsAsync<LinkPasswordException>(() => Visit.OpenAsync(silo, link, () => "the name of the cat"));
        Assert.Contains("wrong", wrong.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LinkPasswordException>(() => Visit.OpenAsync(silo, link, () => null));
        using var known = await Visit.OpenAsync(silo, link, () => LinkPassword);
        await known.AssertHoldsAsync(photos);
        var file = (await known.Album.ListAsync(new Problems()))[0];
        known.Album.Http.AuthHeaders.Remove("X-Auth-Access-Token-JWT");
        await AssertRefusedAsync(HttpStatusCode.Unauthorized, () => known.Album.ListAsync(new Problems()));
        await AssertRefusedAsync(HttpStatusCode.Unauthorized, () => known.Album.Downloads.DownloadThumbnailAsync(file));

        // The password taken off again.
        await owner.Sharing.RemoveLinkPasswordAsync(album);
        using var open = await Visit.OpenAsync(silo, link, () => throw new InvalidOperationException("the password was taken off"));
        await open.AssertHoldsAsync(photos);

        // Disabled: whoever was inside is out.
        await owner.Sharing.RemoveLinkAsync(album);
        await AssertRefusedAsync(HttpStatusCode.Gone, () => open.Album.ListAsync(new Problems()));
        await AssertRefusedAsync(HttpStatusCode.Gone, () => open.Album.Downloads.DownloadThumbnailAsync(file));
        await AssertRefusedAsync(HttpStatusCode.Gone, () => Visit.OpenAsync(silo, link, () => LinkPassword));
        Assert.NotEqual(link, await owner.Sharing.CreateLinkAsync(album));
    }

    private static async Task AssertRefusedAsync(HttpStatusCode status, Func<Task> call) =>
        Assert.Equal(status, (await Assert.ThrowsAsync<EnteApiException>(call)).Status);

    /// <summary>Somebody without an account, with an address of the network's own.</summary>
    private sealed record Visit(PublicAlbum Album, Wiretap Network) : IDisposable
    {
        public static async Task<Visit> OpenAsync(SiloProcess silo, Uri link, Func<string?> password)
        {
            var network = new Wiretap(silo);
            var album = await PublicAlbum.OpenAsync(
                silo.Address, link, () => Task.FromResult(password()), Device.OptionsOver(network), Person.FastKdf);
            return new Visit(album, network);
        }

        public async Task AssertHoldsAsync(IReadOnlyList<string> originals)
        {
            var files = await Album.ListAsync(new Problems());
            Assert.Equal(originals.Select(Path.GetFileName).Order(), files.Select(f => f.Title).Order());
            foreach (var file in files)
            {
                using var content = new MemoryStream();
                await Album.Downloads.DownloadAsync(file, content);
                Assert.Equal(await File.ReadAllBytesAsync(originals.Single(p => Path.GetFileName(p) == file.Title)), content.ToArray());
                Assert.NotEmpty(await Album.Downloads.DownloadThumbnailAsync(file));
            }
        }

        public void Dispose()
        {
            Album.Http.Dispose();
            Network.Dispose();
        }
    }
}
