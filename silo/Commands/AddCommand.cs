using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>add FILE|DIR... --album NAME</c>: encrypts and uploads; running it again uploads only what is missing.</summary>
internal static class AddCommand
{
    private const int MostNamed = 20;

    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE|DIR") { Description = "Photos, videos and directories of them.", Arity = ArgumentArity.OneOrMore };
        var album = new Option<string>("--album") { Description = "Album to add to; made when there is none of that name.", HelpName = "NAME", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "Files at a time.", HelpName = "N", DefaultValueFactory = _ => 4 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 32)
                result.AddError("--parallel must be 1 to 32.");
        });
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("add", "Encrypt and upload photos and videos into an album.") { paths, album, parallel, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var given = parsed.GetRequiredValue(paths);
            if (given.FirstOrDefault(p => !Path.Exists(p)) is { } missing)
                throw new UsageException($"{missing} does not exist.");
            var found = FileSearch.Under(given, problems);
            if (found.Files.Count == 0 && problems.Any)
                return;
            if (found.Files.Count == 0)
                throw new UsageException("There are no files there.");
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var target = await FindOrCreateAsync(workspace, parsed.GetRequiredValue(album), cancellation);

            var options = new UploadOptions { Parallel = parsed.GetValue(parallel) };
            var named = given.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
            var report = await Terminal.WithProgressAsync(
                $"Adding to {target.Name}",
                found.Files.Count,
                meter => new Uploader(workspace.Library, options).AddAsync(
                    target, found.Files, meter, outcome => meter.Finished(Line(outcome), outcome.Video is null ? 1 : 2), cancellation));
            foreach (var outcome in report.Outcomes.Where(o => IsProblem(o, named)))
                problems.Add(Line(outcome));
            if (report.StoppedBy is { } stop)
                problems.Add($"Stopped before the end: {Explanation.Of(stop)}");
            Summarise(report, found, options.Thumbnails.Hint);
        }));
        return command;
    }

    // Among a directory's files there may be any others; one that was named, or whose name promises a photo, is not passed over in silence.
    private static bool IsProblem(UploadOutcome outcome, HashSet<string> named) => outcome.Result == UploadResult.Failed
        || (outcome.Result == UploadResult.NotMedia && (named.Contains(outcome.Path) || Uploader.PromisesMedia(outcome.Path)));

    private static async Task<Album> FindOrCreateAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        if (workspace.FindAlbum(name) is not { } album)
            return await workspace.Library.CreateAlbumAsync(name, cancellationToken: cancellationToken);
        return album.Role is "OWNER" or "ADMIN" or "COLLABORATOR"
            ? album
            : throw new UsageException($"'{name}' is shared with you for viewing only.");
    }

    private static void Summarise(UploadReport report, FileSearch found, string? thumbnailHint)
    {
        var sent = report.Outcomes.Where(o => o.Result == UploadResult.Uploaded).Sum(o => o.Bytes);
        Console.Out.WriteLine(
            $"{Count(UploadResult.Uploaded)} uploaded ({Terminal.Bytes(sent)}), {Count(UploadResult.AddedToAlbum)} added from other albums, "
            + $"{Count(UploadResult.AlreadyInAlbum)} already there, {Count(UploadResult.NotMedia)} skipped, {Count(UploadResult.Failed)} failed");
        if (report.Outcomes.Count(o => o.Video is not null) is > 0 and var live)
            Console.Out.WriteLine($"{live} live photos, each of a photo and a video");
        if (report.Outcomes.Count(o => o.DatedBy == DateSource.FileSystem) is > 0 and var undated)
            Console.Out.WriteLine($"{undated} uploaded with no date but that of the file system");
        PassedOver("links not followed", found.Links);
        PassedOver("pipes, sockets and devices not opened", found.Specials);
        if (report.Outcomes.Any(o => o.HasPlaceholderThumbnail) && thumbnailHint is not null)
            Console.Error.WriteLine(thumbnailHint);

        int Count(UploadResult result) => report.Outcomes.Count(o => o.Result == result);
    }

    private static void PassedOver(string what, IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
            return;
        Console.Out.WriteLine($"{paths.Count} {what}");
        foreach (var path in paths.Take(MostNamed))
            Console.Error.WriteLine($"passed over {Terminal.OneLine(path)}");
        if (paths.Count > MostNamed)
            Console.Error.WriteLine($"and {paths.Count - MostNamed} more");
    }

    private static string Line(UploadOutcome outcome)
    {
        var what = outcome.Video is { } video ? $"{outcome.Path} with {Path.GetFileName(video)}" : outcome.Path;
        return outcome.Result switch
        {
            UploadResult.Uploaded => $"uploaded {what}",
            UploadResult.AddedToAlbum => $"added {what}",
            UploadResult.AlreadyInAlbum => $"already there {what}",
            UploadResult.NotMedia => $"skipped {what}: neither photo nor video",
            _ => $"failed {what}: {Explanation.OfOne(outcome.Error)}",
        };
    }
}
