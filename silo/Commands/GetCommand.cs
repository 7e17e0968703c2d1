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
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var wanted = parsed.GetRequiredValue(target);
            var directory = parsed.GetRequiredValue(outDirectory);
            if (directory.Length == 0)
                throw new UsageException("--out is empty.");
            if (PublicAlbum.IsLink(wanted))
            {
                await GetLinkAsync(
                    LinkServer(parsed.GetValue(server)), new Uri(wanted), directory, parsed.GetValue(passwordStdin), problems, cancellation);
                return;
            }

            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var downloads = new Downloader(workspace.Http);
            if (workspace.FindAlbum(wanted) is { } album)
                await SaveAsync(downloads, workspace.Library.Files(album), AlbumDirectory(directory, album), problems, cancellation);
            else
                await SaveAsync(downloads, workspace.RequireFiles(wanted), directory, problems, cancellation);
        }));
        return command;
    }

    /// <summary>A link does not name its API server; with one account here its server is the likely one.</summary>
    private static Uri LinkServer(Uri? given) =>
        given is null && CredentialStore.Default().List() is [var only] ? only.Server : AccountSelection.ServerOrDefault(given);

    private static async Task GetLinkAsync(
        Uri server, Uri link, string directory, bool passwordStdin, Problems problems, CancellationToken cancellationToken)
    {
        var visited = await PublicAlbum.OpenAsync(
            server, link, () => Task.FromResult<string?>(Terminal.AskPassword("Password of the link", passwordStdin, isNew: false)),
            cancellationToken: cancellationToken);
        using var http = visited.Http;
        var files = await visited.ListAsync(problems, cancellationToken);
        await SaveAsync(visited.Downloads, files, AlbumDirectory(directory, visited.Album), problems, cancellationToken);
    }

    private static async Task SaveAsync(
        Downloader downloads, IReadOnlyList<MediaFile> files, string directory, Problems problems, CancellationToken cancellationToken)
    {
        var target = new DownloadDirectory(downloads, directory);
        var received = new System.Collections.Concurrent.ConcurrentDictionary<long, long>();
        await Terminal.WithProgressAsync("Downloading", files.Count, async meter =>
        {
            await target.SaveAllAsync(
                files,
                Parallel,
                (file, bytes) =>
                {
                    var sum = received.AddOrUpdate(file.Id, bytes, (_, before) => before + bytes);
                    meter.Moved($"{file.Id}", sum, file.EncryptedSize ?? sum);
                },
                (file, paths, failure) =>
                {
                    foreach (var path in paths)
                        Console.Out.WriteLine(path);
                    if (failure is not null)
                        problems.Add($"failed {file.Title} ({file.Id}): {Explanation.OfOne(failure)}");
                    meter.Finished(failure is null ? file.Title : $"failed {file.Title}");
                },
                cancellationToken);
            return true;
        });
    }

    private static string AlbumDirectory(string directory, Album album) => Path.Combine(directory, FileNames.Safe(album.Name));
}
