using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client.Tests;

/// <summary>A server double, a temporary directory and accounts made the short way, for one test.</summary>
internal sealed class World : IDisposable
{
    /// <summary>A password hash that takes no time; the real one is tested by vectors.</summary>
    public static readonly PasswordKdf FastKdf = (password, salt, ops, mem) =>
        KeyedHash.Compute(System.Text.Encoding.UTF8.GetBytes($"{password}/{ops}/{mem}"), [.. salt, .. salt]);

    public ServerDouble Server { get; } = new();
    public ScriptedPrompts Prompts { get; } = new();
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("ente-orleans-test-").FullName;

    public AccountFlows Flows(EnteClient http) => new(http, FastKdf);

    public async Task<Session> SignUpAsync(string email = "alice@example.org")
    {
        using var http = Server.Connect();
        return (await Flows(http).SignUpAsync(email, "correct horse", Prompts)).Session;
    }

    /// <summary>A device of the account: the same name gives the same state on disk.</summary>
    public Library Device(Session session, string name = "device") =>
        new(session.Connect(Server.Options), session, System.IO.Directory.CreateDirectory(Path.Combine(Directory, name + session.UserId)).FullName);

    public async Task<(Library Library, Album Album)> WithAlbumAsync(string name = "Holiday")
    {
        var library = Device(await SignUpAsync());
        return (library, await library.CreateAlbumAsync(name));
    }

    /// <summary>A file that starts like a JPEG and goes on with bytes that depend on the seed.</summary>
    public string Photo(string name, int length = 1000, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        new byte[] { 0xFF, 0xD8, 0xFF, 0xE0 }.CopyTo(bytes, 0);
        var path = Path.Combine(Directory, "photos", name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The files under a path, of which nothing may be wrong.</summary>
    public static IReadOnlyList<string> Files(string path)
    {
        var problems = new Problems();
        var found = FileSearch.Under([path], problems);
        Assert.Empty(problems.All);
        return found.Files;
    }

    public DownloadDirectory Downloads(Library library, string name = "out") =>
        new(new Downloader(library.Http), Path.Combine(Directory, name));

    public static Uploader Uploader(Library library, int parallel = 4) => new(library, new UploadOptions
    {
        Parallel = parallel,
        Thumbnails = new ThumbnailMaker(null, null),
        Zone = TimeZoneInfo.Utc,
    });

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

/// <summary>Answers questions from lists; the last answer repeats.</summary>
internal sealed class ScriptedPrompts : IAccountPrompts
{
    public Queue<string> EmailCodes { get; } = new([ServerDouble.EmailCode]);
    public Queue<string> TotpCodes { get; } = new();
    public int Asked { get; private set; }

    /// <summary>Whether the last code that was asked for stands in the server's log.</summary>
    public bool WasLogged { get; private set; }

    public Task<string> EmailCodeAsync(string email, bool isLogged, CancellationToken cancellationToken)
    {
        WasLogged = isLogged;
        return Next(EmailCodes);
    }

    public Task<string> TotpCodeAsync(CancellationToken cancellationToken) => Next(TotpCodes);

    public Task PasskeyAsync(Uri page, CancellationToken cancellationToken) => throw new InvalidOperationException("No passkey in this test.");

    private Task<string> Next(Queue<string> answers)
    {
        Asked++;
        return Task.FromResult(answers.Count > 1 ? answers.Dequeue() : answers.Peek());
    }
}
