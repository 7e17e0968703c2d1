using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>rm ALBUM|FILE...</c>: to the trash, from where files can be restored for 30 days, or away for good.</summary>
internal static class RmCommand
{
    public static Command Create()
    {
        var targets = new Argument<string[]>("ALBUM|FILE")
        {
            Description = "An album's name, or a file as ALBUM/TITLE or by its number.",
            Arity = ArgumentArity.OneOrMore,
        };
        var permanently = new Option<bool>("--permanently") { Description = "Delete for good at once; nobody can restore that." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("rm", "Move files, or an album with its files, to the trash.") { targets, permanently, yes, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async () =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account));
            await workspace.SyncAsync(cancellation);
            var albums = new List<Album>();
            var files = new List<MediaFile>();
            foreach (var target in parsed.GetRequiredValue(targets))
            {
                if (workspace.FindAlbum(target) is { } album)
                    albums.Add(album);
                else
                    files.AddRange(workspace.RequireFiles(target));
            }
            return await RemoveAsync(workspace, albums, files, parsed.GetValue(permanently), parsed.GetValue(yes), cancellation);
        }));
        return command;
    }

    private static async Task<int> RemoveAsync(
        Workspace workspace, List<Album> albums, List<MediaFile> files, bool permanently, bool yes, CancellationToken cancellationToken)
    {
        var foreign = albums.FirstOrDefault(a => !a.IsOwn);
        if (foreign is not null)
            throw new UsageException($"'{foreign.Name}' belongs to {foreign.OwnerEmail}; leave it with: share '{foreign.Name}' --leave");
        var inAlbums = albums.SelectMany(workspace.Library.Files).ToList();
        foreach (var album in albums)
        {
            if (!Terminal.Confirm($"Delete album '{album.Name}' and move its {workspace.Library.Files(album).Count} files to the trash?", yes))
                return ExitCode.Failed;
        }
        var own = files.Concat(inAlbums).Where(f => f.OwnerId == workspace.Session.UserId).DistinctBy(f => f.Id).ToList();
        if (permanently && !Terminal.Confirm($"Delete {own.Count} files for good?", yes))
            return ExitCode.Failed;

        var bin = new TrashBin(workspace.Library);
        // The files go first: the server empties a deleted album later, in the background, and deletion for good needs them in the trash.
        await bin.RemoveAsync([.. files, .. inAlbums], cancellationToken);
        foreach (var album in albums)
            await bin.DeleteAlbumAsync(album, cancellationToken: cancellationToken);
        if (permanently)
            await bin.DeleteAsync([.. own.Select(f => f.Id)], cancellationToken);
        Console.Error.WriteLine(permanently
            ? $"Deleted {own.Count} files for good."
            : $"Moved {own.Count} files to the trash; bring them back with: restore NUMBER --album NAME (numbers: ls --trash)");
        return ExitCode.Ok;
    }
}

/// <summary><c>restore NUMBER... --album NAME</c>: out of the trash.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var numbers = new Argument<long[]>("NUMBER") { Description = "Files as ls --trash numbers them.", Arity = ArgumentArity.OneOrMore };
        var album = new Option<string>("--album") { Description = "Own album to put them in; made when there is none of that name.", HelpName = "NAME", Required = true };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("restore", "Bring files back from the trash.") { numbers, album, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async () =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account));
            await workspace.SyncAsync(cancellation);
            var trash = workspace.Library.Trash().ToDictionary(t => t.File.Id);
            var wanted = parsed.GetRequiredValue(numbers).Distinct().Select(number => trash.TryGetValue(number, out var found)
                ? found
                : throw new UsageException($"File {number} is not in the trash.")).ToList();
            var name = parsed.GetRequiredValue(album);
            var target = workspace.Library.FindOwnAlbum(name) ?? await workspace.Library.CreateAlbumAsync(name, cancellationToken: cancellation);
            await new TrashBin(workspace.Library).RestoreAsync(wanted, target, cancellation);
            Console.Error.WriteLine($"Restored {wanted.Count} files to {target.Name}.");
            return ExitCode.Ok;
        }));
        return command;
    }
}
