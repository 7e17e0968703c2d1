using System.Security.Cryptography;
using System.Text;
using Ente.Orleans.Api;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>
/// The keys of an instance (api/07 §2.5): those that are configured, for the others <c>secrets.yaml</c> in the data directory, made
/// once with mode 0600 and with the reference's keys, so that its text can be moved into a configuration file.
/// </summary>
public sealed class SecretsFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int EncryptionBytes = 32;
    private const int HashBytes = 64;
    private const int JwtBytes = 32;

    private readonly string _path;
    private readonly string? _unwritten;

    private SecretsFile(string path, InstanceSecrets secrets, string? unwritten, string? remark) =>
        (_path, Secrets, _unwritten, Remark) = (path, secrets, unwritten, remark);

    public InstanceSecrets Secrets { get; }

    /// <summary>Whether secrets were made that no file holds yet; see <see cref="Save"/>.</summary>
    public bool IsNew => _unwritten is not null;

    /// <summary>What the operator should know, in a sentence.</summary>
    public string? Remark { get; }

    /// <summary>Key of capability URLs: another use of <c>jwt.secret</c> must not be another use of the same key.</summary>
    public byte[] CapabilityKey => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Secrets.Jwt, 32, info: Encoding.UTF8.GetBytes("ente-orleans capability urls v1"));

    /// <summary>
    /// Tells whether a database was made with these keys, without telling them. <c>jwt.secret</c> may change: that only ends
    /// short-lived tokens.
    /// </summary>
    public string CheckValue => Convert.ToHexStringLower(HKDF.DeriveKey(
        HashAlgorithmName.SHA256, [.. Secrets.Encryption, .. Secrets.Hash], 32, info: Encoding.UTF8.GetBytes("ente-orleans secrets check v1")));

    /// <summary>Takes the configured secrets, completes them from the file, and makes all that is missing when there is no file.</summary>
    /// <exception cref="StartupException">A secret is malformed, or the file lacks one.</exception>
    public static SecretsFile Open(string dataDirectory, SecretTexts configured)
    {
        ArgumentNullException.ThrowIfNull(configured);
        var path = Path.Combine(dataDirectory, "secrets.yaml");
        if (configured is { Encryption: { } encryption, Hash: { } hash, Jwt: { } jwt })
            return new SecretsFile(path, Decode(encryption, hash, jwt, "the configuration"), unwritten: null, remark: null);
        if (!File.Exists(path))
            return Make(path, configured);

        var remark = KeepPrivate(path);
        var written = new Settings([YamlFile.Read(path)], new Dictionary<string, string>());
        string Take(string? given, string key) => given ?? (written.Text(key) is { Length: > 0 } text
            ? text
            : throw new StartupException($"{path} lacks {key}; put back the value that this instance was made with, or configure it"));
        var secrets = Decode(
            Take(configured.Encryption, "key.encryption"), Take(configured.Hash, "key.hash"), Take(configured.Jwt, "jwt.secret"), path);
        return new SecretsFile(path, secrets, unwritten: null, remark);
    }

    /// <summary>Writes new secrets: complete, private and flushed before the file has its name.</summary>
    public void Save()
    {
        if (_unwritten is null)
            return;
        var made = _path + ".new";
        File.Delete(made);
        var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            mode.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(made, mode))
        {
            file.Write(Encoding.UTF8.GetBytes(_unwritten));
            file.Flush(flushToDisk: true);
        }

        File.Move(made, _path);
    }

    private static SecretsFile Make(string path, SecretTexts configured)
    {
        var text = new StringBuilder("""
            # The keys of this instance, made at its first start. Who has them can read the e-mail addresses in its database; who
            # loses them can never sign anybody in again. Keep a copy in a safe place, and never change key.encryption or key.hash.

            """);
        if (configured.Encryption is null || configured.Hash is null)
            text.Append("key:\n");
        var encryption = configured.Encryption ?? Added("encryption", Convert.ToBase64String(Crypto.Secrets.RandomBytes(EncryptionBytes)));
        var hash = configured.Hash ?? Added("hash", Convert.ToBase64String(Crypto.Secrets.RandomBytes(HashBytes)));
        if (configured.Jwt is null)
            text.Append("jwt:\n");
        var jwt = configured.Jwt ?? Added("secret", Base64Text.EncodeUrl(Crypto.Secrets.RandomBytes(JwtBytes)));
        return new SecretsFile(path, Decode(encryption, hash, jwt, "the configuration"), text.ToString(), remark: null);

        string Added(string key, string value)
        {
            text.Append("  ").Append(key).Append(": ").Append(value).Append('\n');
            return value;
        }
    }

    private static InstanceSecrets Decode(string encryption, string hash, string jwt, string source)
    {
        if (!Base64Text.TryDecode(encryption, out var encryptionKey) || encryptionKey.Length != EncryptionBytes)
            throw Malformed("key.encryption", $"the standard base64 of {EncryptionBytes} bytes");
        if (!Base64Text.TryDecode(hash, out var hashKey) || hashKey.Length != HashBytes)
            throw Malformed("key.hash", $"the standard base64 of {HashBytes} bytes");
        if (!Base64Text.TryDecodeUrl(jwt, out var jwtKey) || jwtKey.Length < JwtBytes)
            throw Malformed("jwt.secret", $"the URL-safe base64, with padding, of {JwtBytes} bytes");
        return new InstanceSecrets(encryptionKey, hashKey, jwtKey);

        StartupException Malformed(string key, string form) =>
            new($"{key} in {source} is not {form}; correct it, or remove it on a new instance to have one made");
    }

    private static string? KeepPrivate(string path)
    {
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & ~OwnerOnly) == UnixFileMode.None)
            return null;
        try
        {
            File.SetUnixFileMode(path, OwnerOnly);
            return $"{path} could be read by other users of this machine; its mode is 0600 again";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return $"{path} can be read by other users of this machine; set its mode to 0600";
        }
    }
}
