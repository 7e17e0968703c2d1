using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>add FILE|DIR... --album NAME</c>: encrypts and uploads; running it again uploads only what is missing.</summary>
internal static class AddCommand
{
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
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async () =>
        {
            var given = parsed.GetRequiredValue(paths);
            if (given.FirstOrDefault(p => !Path.Exists(p)) is { } missing)
                throw new UsageException($"{missing} does not exist.");
            var files = Uploader.Expand(given);
            if (files.Count == 0)
                throw new UsageException("There are no files there.");
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account));
            await workspace.SyncAsync(cancellation);
            var target = await FindOrCreateAsync(workspace, parsed.GetRequiredValue(album), cancellation);

            var options = new UploadOptions { Parallel = parsed.GetValue(parallel) };
            var report = await Terminal.WithProgressAsync(
                $"Adding to {target.Name}",
                files.Count,
                meter => new Uploader(workspace.Library, options).AddAsync(
                    target, files, meter, outcome => meter.Finished(Line(outcome)), cancellation));
            var explicitFiles = given.Where(File.Exists).Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
            return Summarise(report, explicitFiles, options.Thumbnails.Hint);
        }));
        return command;
    }

    private static async Task<Album> FindOrCreateAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        if (workspace.FindAlbum(name) is not { } album)
            return await workspace.Library.CreateAlbumAsync(name, cancellationToken: cancellationToken);
        return album.Role is "OWNER" or "ADMIN" or "COLLABORATOR"
            ? album
            : throw new UsageException($"'{name}' is shared with you for viewing only.");
    }

    private static int Summarise(UploadReport report, HashSet<string> explicitFiles, string? thumbnailHint)
    {
        var counts = report.Outcomes.CountBy(o => o.Result).ToDictionary(p => p.Key, p => p.Value);
        var sent = report.Outcomes.Where(o => o.Result == UploadResult.Uploaded).Sum(o => o.Bytes);
        Console.Out.WriteLine(
            $"{Count(UploadResult.Uploaded)} uploaded ({Terminal.Bytes(sent)}), {Count(UploadResult.AddedToAlbum)} added from other albums, "
            + $"{Count(UploadResult.AlreadyInAlbum)} already there, {Count(UploadResult.NotMedia)} skipped, {Count(UploadResult.Failed)} failed");

        foreach (var outcome in report.Outcomes.Where(o => o.Result == UploadResult.Failed))
            Console.Error.WriteLine(Line(outcome));
        // Among a directory's files others are expected; a file that was named is not to be passed over in silence.
        var refused = report.Outcomes.Where(o => o.Result == UploadResult.NotMedia && explicitFiles.Contains(o.Path)).ToList();
        foreach (var outcome in refused)
            Console.Error.WriteLine(Line(outcome));
        if (report.Outcomes.Any(o => o.HasPlaceholderThumbnail) && thumbnailHint is not null)
            Console.Error.WriteLine(thumbnailHint);
        if (report.StoppedBy is { } stop)
            Console.Error.WriteLine($"Stopped before the end: {ExitCode.Describe(stop)}");
        return Count(UploadResult.Failed) > 0 || refused.Count > 0 || report.StoppedBy is not null ? ExitCode.Failed : ExitCode.Ok;

        int Count(UploadResult result) => counts.GetValueOrDefault(result);
    }

    private static string Line(UploadOutcome outcome) => outcome.Result switch
    {
        UploadResult.Uploaded => $"uploaded {outcome.Path}",
        UploadResult.AddedToAlbum => $"added {outcome.Path}",
        UploadResult.AlreadyInAlbum => $"already there {outcome.Path}",
        UploadResult.NotMedia => $"skipped {outcome.Path}: neither photo nor video",
        _ => $"failed {outcome.Path}: {(outcome.Error is { } e ? ExitCode.Describe(e) ?? e.Message : "unknown")}",
    };
}
