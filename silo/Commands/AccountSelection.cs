using System.CommandLine;
using Ente.Orleans.Client;

namespace Ente.Orleans.Silo.Commands;

/// <summary>Which server and which of the logged-in accounts a verb works with.</summary>
internal static class AccountSelection
{
    public const string DefaultServer = "http://localhost:8080";

    public static Option<Uri?> Server() => new("--server")
    {
        Description = $"Address of the server (default: ENTE_ORLEANS_SERVER, else the account's, else {DefaultServer}).",
        HelpName = "URL",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[^1].Value, UriKind.Absolute, out var server) && server.Scheme is "http" or "https")
                return server;
            result.AddError($"'{result.Tokens[^1].Value}' is not an http or https address.");
            return null;
        },
    };

    public static Option<string?> Account() => new("--account")
    {
        Description = "E-mail address of the account; needed when several are logged in here.",
        HelpName = "EMAIL",
    };

    /// <summary>The server for verbs that need no account.</summary>
    public static Uri ServerOrDefault(Uri? given)
    {
        if (given is not null)
            return given;
        var text = Environment.GetEnvironmentVariable("ENTE_ORLEANS_SERVER") is { Length: > 0 } variable ? variable : DefaultServer;
        return Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? server
            : throw new UsageException($"ENTE_ORLEANS_SERVER '{text}' is not an http or https address.");
    }

    /// <summary>The one logged-in account that fits what was given.</summary>
    /// <exception cref="UsageException">None fits, or several do.</exception>
    public static Session Select(CredentialStore store, Uri? server, string? account)
    {
        var fitting = store.List()
            .Where(s => server is null || string.Equals(Normalise(s.Server), Normalise(server), StringComparison.Ordinal))
            .Where(s => account is null || string.Equals(s.Email, account.Trim(), StringComparison.OrdinalIgnoreCase))
            .ToList();
        return fitting switch
        {
            [var only] => only,
            [] => throw new UsageException("No such account is logged in here: use login or signup."),
            _ => throw new UsageException(
                "Several accounts are logged in here; choose one with --account or --server:\n"
                + string.Join('\n', fitting.Select(s => $"  {s}"))),
        };
    }

    private static string Normalise(Uri server) => server.GetLeftPart(UriPartial.Path).TrimEnd('/');
}

/// <summary>A logged-in account with its library and transport, for the length of one verb.</summary>
internal sealed class Workspace : IDisposable
{
    private Workspace(CredentialStore store, Session session, Problems problems)
    {
        Store = store;
        Session = session;
        Http = session.Connect();
        Library = new Library(Http, session, store.StateDirectory(session), problems);
    }

    public CredentialStore Store { get; }
    public Session Session { get; }
    public EnteClient Http { get; }
    public Library Library { get; }

    /// <summary>Opens the account that fits; what goes wrong with single albums and files is added to <paramref name="problems"/>.</summary>
    public static Workspace Open(Uri? server, string? account, Problems problems)
    {
        var store = CredentialStore.Default();
        return new Workspace(store, AccountSelection.Select(store, server, account), problems);
    }

    /// <summary>The one album of that name; own ones win over shared ones.</summary>
    /// <exception cref="UsageException">None, or several shared ones.</exception>
    public Album RequireAlbum(string name) => FindAlbum(name) ?? throw new UsageException($"There is no album '{name}'.");

    public Album? FindAlbum(string name)
    {
        if (Library.FindOwnAlbum(name) is { } own)
            return own;
        var named = Library.Albums.Where(a => string.Equals(a.Name, name, StringComparison.Ordinal)).ToList();
        return named.Count <= 1
            ? named.FirstOrDefault()
            : throw new UsageException($"Several albums shared with you are named '{name}': {string.Join(", ", named.Select(a => a.OwnerEmail))}.");
    }

    /// <summary>
    /// Files that a person means by <c>ALBUM/TITLE</c> or by a number as <c>ls</c> shows it: several where the album has several of
    /// one title.
    /// </summary>
    /// <exception cref="UsageException">There is none.</exception>
    public IReadOnlyList<MediaFile> RequireFiles(string target)
    {
        if (long.TryParse(target, out var id))
        {
            var file = Library.Albums.SelectMany(Library.Files).FirstOrDefault(f => f.Id == id);
            return file is null ? throw new UsageException($"There is no file {id}.") : [file];
        }
        // Both parts may contain slashes; the longest album name that exists decides.
        for (var slash = target.LastIndexOf('/'); slash > 0; slash = target.LastIndexOf('/', slash - 1))
        {
            if (FindAlbum(target[..slash]) is not { } album)
                continue;
            var files = Library.Files(album).Where(f => string.Equals(f.Title, target[(slash + 1)..], StringComparison.Ordinal)).ToList();
            if (files.Count > 0)
                return files;
        }
        throw new UsageException($"There is no album and no file '{target}' (files are named ALBUM/TITLE, or by their number).");
    }

    /// <summary>The one file that is meant; for what must not hit another one by mistake.</summary>
    /// <exception cref="UsageException">There is none, or there are several: they are listed, to be told apart by their numbers.</exception>
    public MediaFile RequireFile(string target)
    {
        var files = RequireFiles(target);
        if (files.Count == 1)
            return files[0];
        var lines = files.Select(f => $"  {f.Id}  {LsCommand.Time(f.CreationTime)}  {(f.Size is { } size ? Terminal.Bytes(size) : "")}");
        throw new UsageException($"There are {files.Count} files '{target}'; name those you mean by number:\n{string.Join('\n', lines)}");
    }

    public void Dispose() => Http.Dispose();
}
