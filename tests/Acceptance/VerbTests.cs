using Ente.Orleans.Acceptance.Tests.People;
using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Crypto;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>The program as a person uses it: words on a command line, secrets on standard input, exit codes.</summary>
[Collection(nameof(QuietSilo))]
public sealed class VerbTests(QuietSilo quiet)
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int Usage = 2;

    private readonly string _home = Path.Combine(quiet.Silo.Directory, "home-" + Secrets.RandomAlphanumeric(6, "abcdefgh"));

    [Fact]
    public async Task A_person_signs_up_adds_lists_gets_links_removes_restores_and_logs_out()
    {
        var silo = quiet.Silo;
        // Not of the domain with a fixed code: this one is told in the log, as where no mail server is configured.
        var email = $"otto.{Secrets.RandomAlphanumeric(8, "abcdefgh")}@elsewhere.example";
        const string password = "correct horse of otto";
        silo.Secrets.Add("address", email);
        silo.Secrets.Add("password", password);
        var pictures = Path.Combine(silo.Directory, "media", "verbs");
        var photos = await Media.SmallPhotosAsync(pictures, 4, "verb", seed: 9);
        await File.WriteAllTextAsync(Path.Combine(pictures, "notes.txt"), "not a photo");

        using (var signup = Start("signup", email, "--password-stdin"))
        {
            var before = silo.Log().Count;
            await signup.SayAsync(password);
            await signup.SayAsync(await silo.LoggedCodeAsync(before));
            var done = await signup.EndAsync();
            Assert.Equal(Ok, done.Code);
            var words = done.Output.Trim();
            Assert.Equal(24, words.Split(' ').Length);
            silo.Secrets.Add("recovery key", words);
        }

        var added = await RunAsync("add", pictures, "--album", "Walks");
        Assert.Equal(Ok, added.Code);
        Assert.Contains("4 uploaded", added.Output, StringComparison.Ordinal);
        Assert.Contains("1 skipped, 0 failed", added.Output, StringComparison.Ordinal);
        var again = await RunAsync("add", pictures, "--album", "Walks");
        Assert.Equal(Ok, again.Code);
        Assert.Contains("0 uploaded (0 B), 0 added from other albums, 4 already there", again.Output, StringComparison.Ordinal);

        Assert.Contains("Walks\t4\t", (await RunAsync("ls")).Output, StringComparison.Ordinal);
        var listed = (await RunAsync("ls", "Walks")).Lines;
        Assert.Equal(photos.Select(Path.GetFileName), listed.Select(l => l.Split('\t')[^1]).Order());
        Assert.Contains("4 own", (await RunAsync("status")).Output, StringComparison.Ordinal);

        await AssertGetsAsync(photos, "Walks", null);
        var link = await RunAsync(["link", "Walks", "--password-stdin"], "rosebud");
        Assert.Equal(Ok, link.Code);
        silo.Secrets.Add("link key", new Uri(link.Output.Trim()).Fragment.TrimStart('#'));
        await AssertGetsAsync(photos, link.Output.Trim(), "rosebud");
        var wrong = await RunAsync(["get", link.Output.Trim(), "--password-stdin", "--out", Path.Combine(_home, "wrong")], "rosebush");
        Assert.Equal(Failed, wrong.Code);
        Assert.Contains("password is wrong", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(Ok, (await RunAsync("link", "Walks", "--remove")).Code);
        Assert.Equal(Failed, (await RunAsync(["get", link.Output.Trim(), "--password-stdin"], "rosebud")).Code);

        Assert.Equal(Ok, (await RunAsync("rm", "--yes", $"Walks/{Path.GetFileName(photos[0])}")).Code);
        Assert.Equal(3, (await RunAsync("ls", "Walks")).Lines.Count);
        var trashed = Assert.Single((await RunAsync("ls", "--trash")).Lines);
        Assert.Equal(Ok, (await RunAsync("restore", trashed.Split('\t')[0], "--album", "Walks")).Code);
        await AssertGetsAsync(photos, "Walks", null);

        Assert.Equal(Ok, (await RunAsync("logout")).Code);
        var outside = await RunAsync("ls");
        Assert.Equal(Usage, outside.Code);
        Assert.Contains("login", outside.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_home, "state")) && Directory.EnumerateFileSystemEntries(Path.Combine(_home, "state")).Any());

        var mistyped = await RunAsync(["login", email, "--password-stdin"], password + "!");
        Assert.Equal(Failed, mistyped.Code);
        Assert.Contains("password is wrong", mistyped.Error, StringComparison.Ordinal);
        Assert.Equal(Ok, (await RunAsync(["login", email, "--password-stdin"], password)).Code);
        Assert.Contains("Walks\t4\t", (await RunAsync("ls")).Output, StringComparison.Ordinal);
        Assert.Equal(Ok, (await RunAsync("logout", "--everywhere")).Code);
    }

    [Fact]
    public async Task Mistakes_are_told_in_one_line_with_the_exit_code_of_their_kind()
    {
        using var person = await new Person(quiet.Silo, "paul").SignUpAsync();
        await AssertEndsAsync(Ok, "version");
        await AssertEndsAsync(Ok, "--help");
        await AssertEndsAsync(Usage);
        await AssertEndsAsync(Usage, "upload", "everything");
        await AssertEndsAsync(Usage, "add", "/tmp");
        await AssertEndsAsync(Usage, "add", "/no/such/file", "--album", "A");
        await AssertEndsAsync(Usage, "add", "/tmp", "--album", "A", "--parallel", "0");
        await AssertEndsAsync(Usage, "ls", "--server", "not an address");
        await AssertEndsAsync(Usage, "ls");
        await AssertEndsAsync(Usage, "signup", "quirin@acceptance.example");
        await AssertEndsAsync(Failed, "get", $"http://127.0.0.1:1/nothing#{Base58.Encode(new byte[32])}", "--server", "http://127.0.0.1:1");

        // Nobody at this port; and an address that has an account already.
        var unreachable = await RunAsync(["login", "quirin@acceptance.example", "--password-stdin", "--server", "http://127.0.0.1:1"], "password");
        Assert.Equal(Failed, unreachable.Code);
        Assert.Contains("cannot be reached", Assert.Single(unreachable.ErrorLines), StringComparison.Ordinal);
        var taken = await RunAsync(["signup", person.Session.Email, "--password-stdin"], "a password of my own");
        Assert.Equal(Failed, taken.Code);
        Assert.Contains("use login", Assert.Single(taken.ErrorLines), StringComparison.Ordinal);
    }

    private async Task AssertEndsAsync(int code, params string[] words)
    {
        var ended = await RunAsync(words);
        Assert.True(ended.Code == code, $"'{string.Join(' ', words)}' ended with {ended.Code}, not {code}: {ended.Error}");
        // A person is told something, and never a stack trace.
        Assert.NotEmpty(code == Ok ? ended.Lines : ended.ErrorLines);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    private async Task AssertGetsAsync(IReadOnlyList<string> photos, string what, string? password)
    {
        var target = Path.Combine(_home, "out-" + Secrets.RandomAlphanumeric(6, "abcdefgh"));
        var got = password is null
            ? await RunAsync("get", what, "--out", target)
            : await RunAsync(["get", what, "--out", target, "--password-stdin"], password);
        Assert.True(got.Code == Ok, got.Error);
        Assert.Equal(photos.Count, got.Lines.Count);
        foreach (var photo in photos)
            Assert.Equal(await File.ReadAllBytesAsync(photo), await File.ReadAllBytesAsync(Path.Combine(target, "Walks", Path.GetFileName(photo))));
    }

    private Task<VerbResult> RunAsync(params string[] words) => RunAsync(words, []);

    private async Task<VerbResult> RunAsync(string[] words, params string[] answers)
    {
        using var verb = Start(words);
        foreach (var answer in answers)
            await verb.SayAsync(answer);
        return await verb.EndAsync();
    }

    private Verb Start(params string[] words) => new(words, new Dictionary<string, string>
    {
        ["ENTE_ORLEANS_HOME"] = _home,
        ["ENTE_ORLEANS_SERVER"] = quiet.Silo.Address.AbsoluteUri,
    });
}
