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
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var albums = new List<Album>();
            var files = new List<MediaFile>();
            foreach (var target in parsed.GetRequiredValue(targets))
            {
                if (workspace.FindAlbum(target) is { } album)
                    albums.Add(album);
                else
                    files.Add(workspace.RequireFile(target));
            }
            await RemoveAsync(workspace, albums, files, parsed.GetValue(permanently), parsed.GetValue(yes), cancellation);
        }));
        return command;
    }

    private static async Task RemoveAsync(
        Workspace workspace, List<Album> albums, List<MediaFile> files, bool permanently, bool yes, CancellationToken cancellationToken)
    {
        var library = workspace.Library;
        var foreign = albums.FirstOrDefault(a => !a.IsOwn);
        if (foreign is not null)
            throw new UsageException($"'{foreign.Name}' belongs to {foreign.OwnerEmail}; leave it with: share '{foreign.Name}' --leave");
        foreach (var album in albums)
        {
            if (!Agrees($"Delete album '{album.Name}' and move its {library.Files(album).Count} files to the trash?"))
                return;
        }
        var all = files.Concat(albums.SelectMany(library.Files)).DistinctBy(f => (f.Id, f.AlbumId)).ToList();
        if (permanently && !Agrees($"Delete {all.DistinctBy(f => f.Id).Count()} files for good?"))
            return;

        var bin = new TrashBin(library);
        // The files go first: the server empties a deleted album later, in the background, and deletion for good needs them in the trash.
        var removed = await bin.RemoveAsync(all, cancellationToken);
        foreach (var album in albums)
            await bin.DeleteAlbumAsync(album, cancellationToken: cancellationToken);
        if (permanently)
            await bin.DeleteAsync([.. removed.Trashed], cancellationToken);
        if (removed.Trashed.Count > 0 || removed.TakenOut == 0)
        {
            Console.Error.WriteLine(permanently
                ? $"Deleted {removed.Trashed.Count} files for good."
                : $"Moved {removed.Trashed.Count} files to the trash; bring them back with: restore NUMBER --album NAME (numbers: ls --trash)");
        }
        if (removed.TakenOut > 0)
            Console.Error.WriteLine($"Took {removed.TakenOut} files out of albums; they are not yours, or the album is not.");

        bool Agrees(string question)
        {
            if (Terminal.Confirm(question, yes))
                return true;
            library.Problems.Add("Nothing was removed.");
            return false;
        }
    }
}

/// <summary><c>empty-trash</c>: deletes everything in the trash for good.</summary>
internal static class EmptyTrashCommand
{
    public static Command Create()
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("empty-trash", "Delete everything in the trash for good; nobody can restore that.") { yes, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            // Also what cannot be decrypted here lies in the trash and goes.
            var count = workspace.Library.TrashCount;
            if (count > 0)
            {
                if (!Terminal.Confirm($"Delete {count} files for good?", parsed.GetValue(yes)))
                {
                    problems.Add("Nothing was deleted.");
                    return;
                }
                await new TrashBin(workspace.Library).EmptyAsync(cancellation);
            }
            Console.Error.WriteLine(count == 0 ? "The trash is empty." : $"Deleted {count} files for good.");
        }));
        return command;
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
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var trash = workspace.Library.Trash().ToDictionary(t => t.File.Id);
            var wanted = parsed.GetRequiredValue(numbers).Distinct().Select(number => trash.TryGetValue(number, out var found)
                ? found
                : throw new UsageException($"File {number} is not in the trash.")).ToList();
            var name = parsed.GetRequiredValue(album);
            var target = workspace.Library.FindOwnAlbum(name) ?? await workspace.Library.CreateAlbumAsync(name, cancellationToken: cancellation);
            var restored = await new TrashBin(workspace.Library).RestoreAsync(wanted, target, cancellation);
            Console.Error.WriteLine($"Restored {restored} files to {Terminal.OneLine(target.Name)}.");
        }));
        return command;
    }
}
