using System.CommandLine;
using System.Net;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary><c>share ALBUM EMAIL</c>: gives another account the album's key, sealed to that account.</summary>
internal static class ShareCommand
{
    public static Command Create()
    {
        var album = new Argument<string>("ALBUM") { Description = "Own album." };
        var email = new Argument<string?>("EMAIL") { Description = "Address of the other account.", Arity = ArgumentArity.ZeroOrOne };
        var role = new Option<string>("--role") { Description = "What the other may do.", DefaultValueFactory = _ => "viewer" };
        role.AcceptOnlyFromAmong("viewer", "collaborator", "admin");
        var remove = new Option<bool>("--remove") { Description = "Stop sharing with EMAIL." };
        var leave = new Option<bool>("--leave") { Description = "Leave an album that somebody else shared." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("share", "Share an album with another account.") { album, email, role, remove, leave, server, account };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var address = parsed.GetValue(email);
            if (parsed.GetValue(leave) == (address is not null))
                throw new UsageException(address is null ? "Say with whom to share: share ALBUM EMAIL." : "--leave takes no EMAIL.");
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var target = workspace.RequireAlbum(parsed.GetRequiredValue(album));
            var sharing = new AlbumSharing(workspace.Http);
            if (address is null)
                await LeaveAsync(sharing, target, cancellation);
            else if (parsed.GetValue(remove))
                await sharing.UnshareAsync(target, address, cancellation);
            else
                await ShareAsync(sharing, target, address, parsed.GetRequiredValue(role), cancellation);
        }));
        return command;
    }

    private static async Task LeaveAsync(AlbumSharing sharing, Album album, CancellationToken cancellationToken)
    {
        if (album.IsOwn)
            throw new UsageException($"'{album.Name}' is your own; delete it with rm.");
        await sharing.LeaveAsync(album, cancellationToken);
    }

    private static async Task ShareAsync(AlbumSharing sharing, Album album, string email, string role, CancellationToken cancellationToken)
    {
        try
        {
            var words = await sharing.ShareAsync(album, email, role.ToUpperInvariant(), cancellationToken);
            Console.Error.WriteLine($"Shared '{album.Name}' with {email} as {role}. Their app must show these words as their verification ID:");
            Console.Out.WriteLine(words);
        }
        catch (EnteApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            throw new UsageException($"{email} has no account on this server.");
        }
    }
}

/// <summary><c>link ALBUM</c>: the album's public link, whose address carries the key.</summary>
internal static class LinkCommand
{
    public static Command Create()
    {
        var album = new Argument<string>("ALBUM") { Description = "Own album." };
        var password = new Option<bool>("--password") { Description = "Ask for a password that visitors must give." };
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read that password from standard input." };
        var noPassword = new Option<bool>("--no-password") { Description = "Take the password off." };
        var remove = new Option<bool>("--remove") { Description = "Disable the link for ever." };
        var server = AccountSelection.Server();
        var account = AccountSelection.Account();
        var command = new Command("link", "Make or change an album's public link, and print it.")
        {
            album, password, passwordStdin, noPassword, remove, server, account,
        };
        command.SetAction((parsed, cancellation) => ExitCode.OfAsync(async problems =>
        {
            var withPassword = parsed.GetValue(password) || parsed.GetValue(passwordStdin);
            if ((withPassword ? 1 : 0) + (parsed.GetValue(noPassword) ? 1 : 0) + (parsed.GetValue(remove) ? 1 : 0) > 1)
                throw new UsageException("--password, --no-password and --remove exclude each other.");
            using var workspace = Workspace.Open(parsed.GetValue(server), parsed.GetValue(account), problems);
            await workspace.Library.SyncAsync(cancellation);
            var target = workspace.RequireAlbum(parsed.GetRequiredValue(album));
            if (!target.IsOwn)
                throw new UsageException($"'{target.Name}' belongs to {target.OwnerEmail}, who alone can make links to it.");
            var sharing = new AlbumSharing(workspace.Http);
            if (parsed.GetValue(remove))
            {
                await sharing.RemoveLinkAsync(target, cancellation);
                Console.Error.WriteLine($"The link of '{target.Name}' is gone.");
                return;
            }
            var chosen = withPassword ? Terminal.AskPassword("Password for visitors", parsed.GetValue(passwordStdin), isNew: true) : null;
            var link = await sharing.CreateLinkAsync(target, chosen, cancellation);
            if (parsed.GetValue(noPassword))
                await sharing.RemoveLinkPasswordAsync(target, cancellation);
            Console.Out.WriteLine(link);
        }));
        return command;
    }
}
