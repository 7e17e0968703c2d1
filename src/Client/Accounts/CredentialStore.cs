using System.Text.Json;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// Logged-in accounts on this machine: one file per account with mode 0600 in <c>accounts/</c> of the data directory. The files
/// hold the token and the unwrapped keys, as a logged-in app does; whoever reads them reads the photos.
/// </summary>
public sealed class CredentialStore(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    private readonly string _accounts = Path.Combine(directory, "accounts");

    /// <summary>Root of everything the client keeps on this machine.</summary>
    public string DirectoryPath { get; } = directory;

    /// <summary><c>$ENTE_ORLEANS_HOME</c>, else <c>ente-orleans</c> in the user's configuration directory.</summary>
    public static CredentialStore Default() => new(
        Environment.GetEnvironmentVariable("ENTE_ORLEANS_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "ente-orleans"));

    /// <summary>Where an account's synced state and unfinished uploads are kept.</summary>
    public string StateDirectory(Session session)
    {
        var path = Path.Combine(DirectoryPath, "state", session.StorageName);
        CreateDirectory(path);
        return path;
    }

    /// <exception cref="UntrustworthyDataException">A stored file is damaged.</exception>
    public IReadOnlyList<Session> List()
    {
        if (!Directory.Exists(_accounts))
            return [];
        return [.. Directory.EnumerateFiles(_accounts, "*.json").Order(StringComparer.Ordinal).Select(Read)];
    }

    public void Save(Session session)
    {
        CreateDirectory(_accounts);
        var path = PathOf(session);
        var stored = new Stored(
            session.Server.AbsoluteUri, session.Email, session.UserId, session.Token,
            Convert.ToBase64String(session.MasterKey), Convert.ToBase64String(session.Keys.SecretKey));
        // Created with its final mode and renamed into place: readable by nobody else at any instant, never half-written.
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(draft, options))
        {
            JsonSerializer.Serialize(file, stored, Wire.Json.Options);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Forgets the keys, and the synced state with them.</summary>
    public void Delete(Session session)
    {
        File.Delete(PathOf(session));
        var state = Path.Combine(DirectoryPath, "state", session.StorageName);
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnlyDirectory);
    }

    private static Session Read(string path)
    {
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(path), Wire.Json.Options)
                ?? throw new UntrustworthyDataException($"{path} is empty.");
            if (!Base64Text.TryDecode(stored.MasterKey, out var masterKey) || !Base64Text.TryDecode(stored.SecretKey, out var secretKey))
                throw new UntrustworthyDataException($"{path} does not hold valid keys.");
            return new Session(
                new Uri(stored.Server), stored.Email, stored.UserId, stored.Token, masterKey, KeyPair.FromSecretKey(secretKey));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or UriFormatException)
        {
            throw new UntrustworthyDataException($"{path} is damaged; log in again after removing it.", e);
        }
    }

    private string PathOf(Session session) => Path.Combine(_accounts, session.StorageName + ".json");

    private sealed record Stored(string Server, string Email, long UserId, string Token, string MasterKey, string SecretKey);
}
