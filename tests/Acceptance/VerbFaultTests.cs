using System.Security.Cryptography;
using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>The verbs where something is wrong: it is said, the rest is done, and the exit code tells.</summary>
[Collection(nameof(QuietSilo))]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class VerbFaultTests(QuietSilo quiet)
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int Usage = 2;
    private const string Password = "correct horse of the faults";

    private readonly string _home = Path.Combine(quiet.Silo.Directory, "faults-" + Secrets.RandomAlphanumeric(6, "abcdefgh"));

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_said_by_every_verb_that_meets_it_and_the_exit_code_tells()
    {
        var photos = await PhotosAsync(3, seed: 31);
        await SignUpAsync();
        Assert.Equal(Ok, (await RunAsync("add", Path.GetDirectoryName(photos[0])!, "--album", "Damaged")).Code);
        await AddUnreadableFileAsync("Damaged");

        foreach (var words in new string[][] { ["ls"], ["ls", "Damaged"], ["status"], ["get", "Damaged", "--out", Path.Combine(_home, "out")] })
        {
            var ended = await RunAsync(words);
            Assert.True(ended.Code == Failed, $"{words[0]}: {ended.Code} {ended.Error}");
            Assert.Single(ended.ErrorLines, l => l.Contains("cannot be decrypted", StringComparison.Ordinal));
        }
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_home, "out", "Damaged"), "*.jpg").Length);
    }

    [Fact]
    public async Task Unreadable_directories_links_pipes_and_empty_photos_do_not_stop_an_upload()
    {
        var photos = await PhotosAsync(2, seed: 32);
        var root = Path.GetDirectoryName(photos[0])!;
        var locked = Directory.CreateDirectory(Path.Combine(root, "lost+found")).FullName;
        File.Copy(photos[0], Path.Combine(locked, "inside.jpg"));
        File.CreateSymbolicLink(Path.Combine(root, "link.jpg"), photos[0]);
        File.CreateSymbolicLink(Path.Combine(root, "dangling.jpg"), "/nowhere");
        await File.WriteAllBytesAsync(Path.Combine(root, "empty.jpg"), []);
        await Verb.ShellAsync($"mkfifo '{root}/pipe.jpg'");
        await SignUpAsync();
        File.SetUnixFileMode(locked, UnixFileMode.None);
        try
        {
            using var add = new Verb(["add", root, "--album", "Walks"], Environment(), withoutPrivileges: true);
            var added = await add.EndAsync();
            Assert.True(added.Code == Failed, added.Error);
            Assert.Contains("2 uploaded", added.Output, StringComparison.Ordinal);
            Assert.Contains("1 failed", added.Output, StringComparison.Ordinal);
            Assert.Contains("2 links not followed", added.Output, StringComparison.Ordinal);
            Assert.Contains("1 pipes, sockets and devices not opened", added.Output, StringComparison.Ordinal);
            Assert.Contains("2 uploaded with no date but that of the file system", added.Output, StringComparison.Ordinal);
            Assert.Contains($"{locked} cannot be read", added.Error, StringComparison.Ordinal);
            Assert.Contains("empty.jpg: The file is empty", added.Error, StringComparison.Ordinal);
            Assert.Contains("dangling.jpg", added.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Assert.Equal(Failed, (await RunAsync("add", $"{root}/pipe.jpg", "--album", "Walks")).Code);
    }

    [Fact]
    public async Task Getting_twice_changes_nothing_and_removing_one_of_several_wants_its_number()
    {
        var photos = await PhotosAsync(2, seed: 33);
        var twins = photos.Select((p, i) => Path.Combine(Directory.CreateDirectory(Path.Combine(_home, $"twin{i}")).FullName, "same.jpg")).ToList();
        for (var i = 0; i < 2; i++)
            File.Copy(photos[i], twins[i]);
        await SignUpAsync();
        Assert.Equal(Ok, (await RunAsync(["add", .. twins, "--album", "Twins"])).Code);
        var target = Path.Combine(_home, "out");
        for (var run = 0; run < 3; run++)
        {
            var got = await RunAsync("get", "Twins", "--out", target);
            Assert.True(got.Code == Ok, got.Error);
            Assert.Equal(["same (1).jpg", "same.jpg"], Directory.GetFiles(Path.Combine(target, "Twins"), "*.jpg").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }

        var refused = await RunAsync("rm", "-y", "Twins/same.jpg");
        Assert.Equal(Usage, refused.Code);
        Assert.Contains("There are 2 files", refused.Error, StringComparison.Ordinal);
        var numbers = (await RunAsync("ls", "Twins")).Lines.Select(l => l.Split('\t')[0]).ToList();
        Assert.All(numbers, n => Assert.Contains(n, refused.Error, StringComparison.Ordinal));
        Assert.Contains("Moved 1 files", (await RunAsync("rm", "-y", numbers[0])).Error, StringComparison.Ordinal);
        Assert.Single((await RunAsync("ls", "Twins")).Lines);

        Assert.Equal(Usage, (await RunAsync("empty-trash")).Code);
        Assert.Single((await RunAsync("ls", "--trash")).Lines);
        Assert.Contains("Deleted 1 files for good", (await RunAsync("empty-trash", "--yes")).Error, StringComparison.Ordinal);
        Assert.Empty((await RunAsync("ls", "--trash")).Lines);
        Assert.Contains("The trash is empty", (await RunAsync("empty-trash", "--yes")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_kept_below_the_users_home_also_where_it_is_bare_and_never_in_the_working_directory()
    {
        var (home, here) = (Path.Combine(_home, "bare"), Path.Combine(_home, "here"));
        Directory.CreateDirectory(home);
        Directory.CreateDirectory(here);
        var bare = new Dictionary<string, string>(Environment()) { ["HOME"] = home, ["ENTE_ORLEANS_HOME"] = "", ["XDG_CONFIG_HOME"] = "" };
        await SignUpAsync(bare, here);
        Assert.Empty(Directory.EnumerateFileSystemEntries(here));
        using (var ls = new Verb(["ls"], bare, here))
            Assert.Equal(Ok, (await ls.EndAsync()).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(here));
        var kept = Path.Combine(home, ".config", "ente-orleans");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(kept, "accounts")));
        foreach (var directory in Directory.GetDirectories(kept, "*", SearchOption.AllDirectories).Append(kept))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        foreach (var file in Directory.GetFiles(kept, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Where_the_keys_cannot_be_kept_no_account_is_made()
    {
        var file = Path.Combine(Directory.CreateDirectory(_home).FullName, "no-directory");
        await File.WriteAllTextAsync(file, "");
        var environment = new Dictionary<string, string>(Environment()) { ["ENTE_ORLEANS_HOME"] = Path.Combine(file, "x") };
        var before = quiet.Silo.Log().Count;
        using var signup = new Verb(["signup", "quentin@elsewhere.example", "--password-stdin"], environment);
        await signup.SayAsync(Password);
        Assert.Equal(Failed, (await signup.EndAsync()).Code);
        Assert.DoesNotContain(quiet.Silo.Log().Skip(before), l => l.Contains("One-time code", StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<string>> PhotosAsync(int count, int seed) =>
        await Media.SmallPhotosAsync(Path.Combine(_home, "photos"), count, "fault", seed);

    private Task SignUpAsync() => SignUpAsync(Environment(), null);

    /// <summary>With the code from the log; the question says that it is there.</summary>
    private async Task SignUpAsync(IReadOnlyDictionary<string, string> environment, string? workingDirectory)
    {
        var email = $"fault.{Secrets.RandomAlphanumeric(8, "abcdefgh")}@elsewhere.example";
        quiet.Silo.Secrets.Add("address", email);
        quiet.Silo.Secrets.Add("password", Password);
        using var signup = new Verb(["signup", email, "--password-stdin"], environment, workingDirectory);
        var before = quiet.Silo.Log().Count;
        await signup.SayAsync(Password);
        await signup.SayAsync(await quiet.Silo.LoggedCodeAsync(before));
        var done = await signup.EndAsync();
        Assert.True(done.Code == Ok, done.Error);
        Assert.Contains("server's log", done.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("mailed to", done.Error, StringComparison.Ordinal);
        quiet.Silo.Secrets.Add("recovery key", done.Output.Trim());
    }

    /// <summary>Registers a file in an album that the album's key does not open.</summary>
    private async Task AddUnreadableFileAsync(string albumName)
    {
        var session = Assert.Single(new CredentialStore(_home).List());
        using var http = session.Connect();
        var library = new Library(http, session, Path.Combine(_home, "side"));
        await library.SyncAsync();
        var album = library.FindOwnAlbum(albumName)!;
        var keys = new List<string>();
        var content = Secrets.RandomBytes(500);
        for (var i = 0; i < 2; i++)
        {
            var md5 = Convert.ToBase64String(MD5.HashData(content));
            var url = await http.PostAsync<UploadUrl>("/files/upload-url", new { contentLength = content.Length, contentMD5 = md5 });
            await http.PutObjectAsync(url.Url, content, md5);
            keys.Add(url.ObjectKey);
        }
        var header = Convert.ToBase64String(Secrets.RandomBytes(24));
        await http.PostAsync("/files", new RemoteFile
        {
            CollectionID = album.Id,
            EncryptedKey = Convert.ToBase64String(Secrets.RandomBytes(48)),
            KeyDecryptionNonce = header,
            File = new Client.Wire.FileAttributes { ObjectKey = keys[0], DecryptionHeader = header, Size = content.Length },
            Thumbnail = new Client.Wire.FileAttributes { ObjectKey = keys[1], DecryptionHeader = header, Size = content.Length },
            Metadata = new Client.Wire.FileAttributes { EncryptedData = header, DecryptionHeader = header },
        });
    }

    private async Task<VerbResult> RunAsync(params string[] words)
    {
        using var verb = new Verb(words, Environment());
        return await verb.EndAsync();
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["ENTE_ORLEANS_HOME"] = _home,
        ["ENTE_ORLEANS_SERVER"] = quiet.Silo.Address.AbsoluteUri,
    };
}
