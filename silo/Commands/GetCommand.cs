using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>get ALBUM|FILE|LINK --out DIR</c>: downloads and decrypts.</summary>
internal static class GetCommand
{
    private const int Parallel = 4;

    public static Command Create()
    {
        var target = new Argument<string>("ALBUM|FILE|LINK")
        {
            Description = "An album's name, a file as ALBUM/TITLE or by its number, or the address of a public link.",
        };
        var outDirectory = new Option<string>("--out") { Description = "Directory to write to.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read a link's password from standard input." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("get", "Download and decrypt an album, a file or a public link.") { target, outDirectory, passwordStdin, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async () =>
        {
            var wanted = parsed.GetRequiredValue(target);
            var directory = parsed.GetRequiredValue(outDirectory);
            if (PublicAlbum.IsLink(wanted))
            {
                return await GetLinkAsync(
                    LinkServer(parsed.GetValue(server)), new Uri(wanted), directory, parsed.GetValue(passwordStdin), cancellation);
            }

            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account));
            await workspace.SyncAsync(cancellation);
            var downloads = new Downloader(workspace.Http);
            if (workspace.FindAlbum(wanted) is { } album)
                return await SaveAsync(downloads, workspace.Library.Files(album), AlbumDirectory(directory, album), cancellation);
            return await SaveAsync(downloads, workspace.RequireFiles(wanted), directory, cancellation);
        }));
        return command;
    }

    /// <summary>A link does not name its API server; with one account here its server is the likely one.</summary>
    private static Uri LinkServer(Uri? given) =>
        given is null && CredentialStore.Default().List() is [var only] ? only.Server : AccountSelection.ServerOrDefault(given);

    private static async Task<int> GetLinkAsync(Uri server, Uri link, string directory, bool passwordStdin, CancellationToken cancellationToken)
    {
        var visited = await PublicAlbum.OpenAsync(
            server, link, () => Task.FromResult<string?>(Terminal.AskPassword("Password of the link", passwordStdin, isNew: false)),
            cancellationToken: cancellationToken);
        using var http = visited.Http;
        var files = await visited.ListAsync(cancellationToken);
        return await SaveAsync(visited.Downloads, files, AlbumDirectory(directory, visited.Album), cancellationToken);
    }

    private static async Task<int> SaveAsync(Downloader downloads, IReadOnlyList<MediaFile> files, string directory, CancellationToken cancellationToken)
    {
        var failures = await Terminal.WithProgressAsync("Downloading", files.Count, async meter =>
        {
            var failed = 0;
            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
            // Files of one title would race for one name; each title is one unit of work.
            await System.Threading.Tasks.Parallel.ForEachAsync(files.GroupBy(f => f.Title, StringComparer.OrdinalIgnoreCase), options, async (same, token) =>
            {
                foreach (var file in same)
                {
                    if (!await SaveOneAsync(downloads, file, directory, meter, token))
                        Interlocked.Increment(ref failed);
                }
            });
            return failed;
        });
        return failures == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<bool> SaveOneAsync(
        Downloader downloads, MediaFile file, string directory, TransferMeter meter, CancellationToken cancellationToken)
    {
        long received = 0;
        try
        {
            var paths = await downloads.SaveAsync(
                file, directory, bytes => meter.Moved($"{file.Id}", received += bytes, file.EncryptedSize ?? received), cancellationToken);
            foreach (var path in paths)
                Console.Out.WriteLine(path);
            meter.Finished(file.Title);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException && ExitCode.Describe(e) is { } message)
        {
            Console.Error.WriteLine($"failed {file.Title}: {message}");
            meter.Finished($"failed {file.Title}");
            return false;
        }
    }

    private static string AlbumDirectory(string directory, Album album) => Path.Combine(directory, Downloader.SafeName(album.Name));
}
