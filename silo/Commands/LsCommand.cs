using System.CommandLine;
using System.Globalization;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>ls [ALBUM]</c>: albums, the files of one, or the trash.</summary>
internal static class LsCommand
{
    public static Command Create()
    {
        var album = new Argument<string?>("ALBUM") { Description = "Show this album's files instead of the albums.", Arity = ArgumentArity.ZeroOrOne };
        var trash = new Option<bool>("--trash") { Description = "Show what is in the trash." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("ls", "Sync, and list albums or files.") { album, trash, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            if (parsed.GetValue(trash))
                WriteTrash(workspace.Library);
            else if (parsed.GetValue(album) is { } name)
                WriteFiles(workspace.Library.Files(workspace.RequireAlbum(name)));
            else
                WriteAlbums(workspace.Library);
        }));
        return command;
    }

    private static void WriteAlbums(Library library) => Terminal.WriteTable(
        ["album", "files", "role", "owner", "shared with", "link"],
        library.Albums.Select(a => new[]
        {
            a.Name, $"{library.Files(a).Count}", a.Role.ToLowerInvariant(), a.OwnerEmail ?? (a.IsOwn ? library.Session.Email : ""),
            string.Join(' ', a.Sharees.Where(s => s.ID != library.Session.UserId).Select(s => s.Email)), a.Links.Count > 0 ? "link" : "",
        }));

    private static void WriteFiles(IReadOnlyList<MediaFile> files) => Terminal.WriteTable(
        ["number", "taken", "size", "kind", "title"],
        files.Select(f => new[] { $"{f.Id}", Time(f.CreationTime), f.Size is { } size ? Terminal.Bytes(size) : "", Kind(f.Type), f.Title }));

    private static void WriteTrash(Library library) => Terminal.WriteTable(
        ["number", "deleted for good", "title"],
        library.Trash().OrderBy(t => t.DeleteBy).Select(t => new[] { $"{t.File.Id}", Time(t.DeleteBy), t.File.Title }));

    /// <summary>A time in microseconds as a person here reads it.</summary>
    public static string Time(long microseconds) =>
        MediaFile.TimeOf(microseconds).ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Kind(MediaType type) => type switch
    {
        MediaType.Image => "photo",
        MediaType.Video => "video",
        MediaType.LivePhoto => "live photo",
        _ => "other",
    };
}
