using System.Diagnostics;
using System.Net.Sockets;

namespace Ente.Orleans.Client.Tests;

/// <summary>What lies in a file system besides files: it is told, and never opened.</summary>
public sealed class FileSearchTests : IDisposable
{
    private readonly World _world = new();
    private readonly Problems _problems = new();

    private string Root => Path.Combine(_world.Directory, "photos");

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Paths_expand_to_visible_files_once_and_in_order()
    {
        _world.Photo("b/2.jpg");
        _world.Photo("a.jpg");
        _world.Photo("b/.hidden.jpg");
        _world.Photo(".secret/3.jpg");
        var found = FileSearch.Under([Root, Path.Combine(Root, "a.jpg")], _problems);
        Assert.Equal([Path.Combine(Root, "a.jpg"), Path.Combine(Root, "b", "2.jpg")], found.Files);
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void Links_inside_directories_are_counted_and_not_followed_also_dangling_and_circular_ones()
    {
        _world.Photo("sub/a.jpg");
        var elsewhere = Path.Combine(_world.Directory, "elsewhere.jpg");
        File.WriteAllBytes(elsewhere, [0xFF, 0xD8, 0xFF]);
        string[] links = ["circle", "dangling.jpg", "link.jpg"];
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub", links[0]), Root);
        File.CreateSymbolicLink(Path.Combine(Root, "sub", links[1]), "/nowhere/at/all");
        File.CreateSymbolicLink(Path.Combine(Root, "sub", links[2]), elsewhere);
        var found = FileSearch.Under([Root], _problems);
        Assert.Equal([Path.Combine(Root, "sub", "a.jpg")], found.Files);
        Assert.Equal(links, found.Links.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void A_link_that_is_named_is_followed_and_one_that_leads_nowhere_is_a_problem()
    {
        var photo = _world.Photo("a.jpg");
        var (good, dangling, self) = (Path.Combine(_world.Directory, "good"), Path.Combine(_world.Directory, "dangling"), Path.Combine(_world.Directory, "self"));
        File.CreateSymbolicLink(good, photo);
        File.CreateSymbolicLink(dangling, "/nowhere");
        File.CreateSymbolicLink(self, self);
        Assert.Equal([good], FileSearch.Under([dangling, good, self], _problems).Files);
        Assert.Equal([$"{dangling} is a link that leads nowhere.", $"{self} is a link that leads nowhere."], _problems.All);
    }

    [Fact]
    public async Task Pipes_sockets_and_devices_are_told_and_never_opened()
    {
        _world.Photo("a.jpg");
        var pipe = MakePipe(Path.Combine(Root, "pipe.jpg"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Root, "socket.jpg")));
        var found = FileSearch.Under([Root], _problems);
        Assert.Equal([Path.Combine(Root, "a.jpg")], found.Files);
        Assert.Equal(["pipe.jpg", "socket.jpg"], found.Specials.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(_problems.All);

        Assert.Empty(FileSearch.Under([pipe, "/dev/zero"], _problems).Files);
        Assert.All(_problems.All, p => Assert.Contains("no regular file", p, StringComparison.Ordinal));
        Assert.Equal(2, _problems.All.Count);

        // Also where a file becomes a pipe after it was found: opening one would wait for ever.
        var (library, album) = await _world.WithAlbumAsync();
        var report = await World.Uploader(library).AddAsync(album, [pipe, Path.Combine(Root, "a.jpg")]).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([UploadResult.Failed, UploadResult.Uploaded], report.Outcomes.Select(o => o.Result));
        Assert.Contains("no regular file", report.Outcomes[0].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_link_uploads_what_it_leads_to_whatever_the_size()
    {
        var (library, album) = await _world.WithAlbumAsync();
        var target = _world.Photo("far/away.jpg", (4 << 20) * 5 + 1);
        File.SetLastWriteTimeUtc(target, new DateTime(2021, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var link = Path.Combine(_world.Directory, "film.jpg");
        File.CreateSymbolicLink(link, target);
        Assert.Equal(UploadResult.Uploaded, Assert.Single((await World.Uploader(library).AddAsync(album, World.Files(link))).Outcomes).Result);
        var file = Assert.Single(library.Files(library.FindAlbum(album.Id)!));
        Assert.Equal("film.jpg", file.Title);
        Assert.Equal(new DateTime(2021, 2, 3, 4, 5, 6), MediaFile.TimeOf(file.ModificationTime));
        var content = new MemoryStream();
        await new Downloader(library.Http).DownloadAsync(file, content);
        Assert.Equal(await File.ReadAllBytesAsync(target), content.ToArray());
    }

    [Fact]
    public void A_name_that_cannot_be_said_is_told()
    {
        _world.Photo("a.jpg");
        // 0xE9 alone is no UTF-8; old archives are full of such names.
        Shell($"printf x > \"$(printf '{Root}/caf\\351.jpg')\"");
        Assert.Single(FileSearch.Under([Root], _problems).Files);
        Assert.Single(_problems.All);
        // The class library cannot remove it either.
        Shell($"rm '{Root}'/caf*");
    }

    public static string MakePipe(string path)
    {
        Shell($"mkfifo '{path}'");
        return path;
    }

    private static void Shell(string script)
    {
        using var shell = Process.Start("sh", ["-c", script]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
