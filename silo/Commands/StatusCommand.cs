using System.CommandLine;
using Ente.Orleans.Client.Wire;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>status</c>: whose account this is, how much it holds, and what is unfinished.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("status", "Sync, and show what the account holds.") { server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var details = await workspace.Http.GetAsync<UserDetails>("/users/details/v2?memoryCount=false", cancellation);
            var library = workspace.Library;
            var albums = library.Albums.ToList();
            var own = albums.Where(a => a.IsOwn).SelectMany(library.Files).Where(f => f.OwnerId == workspace.Session.UserId).DistinctBy(f => f.Id).Count();
            var quota = (details.Subscription?.Storage ?? 0) + details.StorageBonus;
            Terminal.WriteTable(["", ""],
            [
                ["account", workspace.Session.Email],
                ["server", workspace.Session.Server.ToString()],
                ["used", quota > 0 ? $"{Terminal.Bytes(details.Usage)} of {Terminal.Bytes(quota)}" : Terminal.Bytes(details.Usage)],
                ["albums", $"{albums.Count(a => a.IsOwn)} own, {albums.Count(a => !a.IsOwn)} shared with you"],
                ["files", $"{own} own"],
                ["trash", $"{library.TrashCount} files"],
                ["unfinished uploads", $"{library.UnfinishedUploads}"],
            ]);
        }));
        return command;
    }
}
