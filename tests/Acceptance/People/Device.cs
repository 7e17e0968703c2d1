using Ente.Orleans.Acceptance.Tests.Silos;
using Ente.Orleans.Client;
using Ente.Orleans.Client.Wire;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests.People;

/// <summary>A device of a person: a session, synced state of its own on disk, and a network of its own.</summary>
internal sealed class Device : IDisposable
{
    private static int _count;

    private readonly string _state;

    public Device(SiloProcess silo, Session session, Wiretap network)
    {
        Silo = silo;
        Session = session;
        Network = network;
        Http = session.Connect(OptionsOver(network));
        _state = Path.Combine(silo.Directory, "devices", $"{Interlocked.Increment(ref _count)}");
        Library = new Library(Http, session, _state);
        Sharing = new AlbumSharing(Http, Person.FastKdf);
        Downloads = new Downloader(Http);
    }

    public SiloProcess Silo { get; }
    public Session Session { get; }
    public Wiretap Network { get; }
    public EnteClient Http { get; }
    public Library Library { get; private set; }
    public AlbumSharing Sharing { get; }
    public Downloader Downloads { get; }
    public TrashBin Trash => new(Library);

    /// <summary>Retries come sooner than for people, whose networks come back more slowly than a process.</summary>
    public static EnteClientOptions OptionsOver(Wiretap network) =>
        new() { Handler = network, Delay = (pause, cancellation) => Task.Delay(pause / 4, cancellation) };

    /// <summary>As if the app had been closed and opened: what is known is read from disk again.</summary>
    public void Reopen() => Library = new Library(Http, Session, _state);

    public async Task<Album> CreateAlbumAsync(string name)
    {
        Silo.Secrets.Add("album name", name);
        var album = await Library.CreateAlbumAsync(name);
        Silo.Secrets.Add("album key", album.Key);
        return album;
    }

    /// <summary>Adds files without making thumbnails of them, which takes most of the time and is tested with the 200 photos.</summary>
    public Task<UploadReport> AddAsync(
        Album album, IReadOnlyList<string> files, int parallel = 4, Action<UploadOutcome>? finished = null) =>
        Uploader(parallel, thumbnails: false).AddAsync(album, files, finished: finished);

    public Uploader Uploader(int parallel = 4, bool thumbnails = true) => new(Library, new UploadOptions
    {
        Parallel = parallel,
        Zone = TimeZoneInfo.Utc,
        Thumbnails = thumbnails ? new ThumbnailMaker() : new ThumbnailMaker(null, null),
    });

    /// <summary>The one album of that name, after a sync; nothing may have been undecipherable.</summary>
    public async Task<Album> SyncedAlbumAsync(string name)
    {
        await SyncAsync();
        return Assert.Single(Library.Albums, a => a.Name == name);
    }

    public async Task SyncAsync()
    {
        await Library.SyncAsync();
        foreach (var album in Library.Albums)
        {
            foreach (var file in Library.Files(album))
                Silo.Secrets.Add("file key", file.Key);
        }
        Assert.Empty(Library.Problems.All);
    }

    public async Task<byte[]> DownloadAsync(MediaFile file)
    {
        using var content = new MemoryStream();
        await Downloads.DownloadAsync(file, content);
        return content.ToArray();
    }

    /// <summary>Downloads all files and compares them with the originals, which have the same names: the same set, the same bytes.</summary>
    public async Task AssertHoldsAsync(IReadOnlyList<MediaFile> files, IReadOnlyList<string> originals)
    {
        Assert.Equal(originals.Select(Path.GetFileName).Order(), files.Select(f => f.Title).Order());
        var paths = originals.ToDictionary(p => Path.GetFileName(p)!);
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (file, cancellation) =>
        {
            var expected = await File.ReadAllBytesAsync(paths[file.Title], cancellation);
            var received = await DownloadAsync(file);
            Assert.True(expected.AsSpan().SequenceEqual(received), $"{file.Title} is not what was uploaded");
        });
    }

    public Task<UserDetails> DetailsAsync() => Http.GetAsync<UserDetails>("/users/details/v2?memoryCount=true");

    public void Dispose()
    {
        Http.Dispose();
        Network.Dispose();
    }
}
