using System.Text.Json;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>
/// Logged-in accounts on this machine: one file per account with mode 0600 in <c>accounts/</c> of the data directory. The files
/// hold the token and the unwrapped keys, as a logged-in app does; whoever reads them reads the photos.
/// </summary>
public sealed class CredentialStore
{
    private readonly string _accounts;

    /// <param name="directory">Root of everything the client keeps on this machine.</param>
    /// <exception cref="ArgumentException">The path is relative: keys must not land wherever a program happens to be started.</exception>
    public CredentialStore(string directory)
    {
        if (!Path.IsPathFullyQualified(directory))
            throw new ArgumentException($"'{directory}' is no full path.", nameof(directory));
        DirectoryPath = directory;
        _accounts = Path.Combine(directory, "accounts");
    }

    /// <summary>Root of everything the client keeps on this machine.</summary>
    public string DirectoryPath { get; }

    /// <summary><c>$ENTE_ORLEANS_HOME</c>, else <c>ente-orleans</c> in the user's configuration directory.</summary>
    /// <exception cref="IOException">The user has neither that directory nor a home to make it in.</exception>
    public static CredentialStore Default()
    {
        if (Environment.GetEnvironmentVariable("ENTE_ORLEANS_HOME") is { Length: > 0 } home)
            return new CredentialStore(Path.GetFullPath(home));
        // Unless told not to look, the platform answers with an empty text where the directory does not exist yet.
        var configuration = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.IsPathFullyQualified(configuration)
            ? new CredentialStore(Path.Combine(configuration, "ente-orleans"))
            : throw new IOException("This user has no home directory to keep the keys in; name a directory in the variable ENTE_ORLEANS_HOME.");
    }

    /// <summary>
    /// Makes sure that an account can be kept here, before anything is done that could not be done again, such as a sign-up.
    /// </summary>
    /// <exception cref="IOException">The directory cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public void RequireWritable()
    {
        PrivateFiles.CreateDirectory(_accounts);
        var probe = Path.Combine(_accounts, $".{Guid.NewGuid():N}.probe");
        using (var file = PrivateFiles.Open(probe, FileMode.CreateNew))
            file.WriteByte(0);
        File.Delete(probe);
    }

    /// <summary>Where an account's synced state and unfinished uploads are kept.</summary>
    public string StateDirectory(Session session)
    {
        var path = Path.Combine(DirectoryPath, "state", session.StorageName);
        PrivateFiles.CreateDirectory(path);
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
        PrivateFiles.CreateDirectory(_accounts);
        var stored = new Stored(
            session.Server.AbsoluteUri, session.Email, session.UserId, session.Token,
            Convert.ToBase64String(session.MasterKey), Convert.ToBase64String(session.Keys.SecretKey));
        PrivateFiles.Replace(PathOf(session), file => JsonSerializer.Serialize(file, stored, Wire.Json.Options));
    }

    /// <summary>Forgets the keys, and the synced state with them.</summary>
    public void Delete(Session session)
    {
        File.Delete(PathOf(session));
        var state = Path.Combine(DirectoryPath, "state", session.StorageName);
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
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
