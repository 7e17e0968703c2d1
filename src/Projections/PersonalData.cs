using System.Collections.Concurrent;
using System.Text;
using Ente.Orleans.Crypto;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>
/// Seals what is personal (addresses, device names, verifiers) with a key per user. The keys are
/// sealed with the instance's key; without a user's key that user's data in the events are noise.
/// </summary>
public sealed class PersonalData(NpgsqlDataSource database, byte[] instanceKey, byte[] hashKey)
{
    private const int CacheSize = 50_000;
    private readonly ConcurrentDictionary<long, byte[]> keys = [];

    /// <summary>Keyed hash of a normalised address: how an account is found (api/01 §A9).</summary>
    public string EmailHash(string email) => Convert.ToBase64String(KeyedHash.Compute(Encoding.UTF8.GetBytes(Normalise(email)), hashKey));

    /// <summary>Keyed hash of any other text, apart from addresses.</summary>
    public string Hash(string text) => Convert.ToBase64String(KeyedHash.Compute(Encoding.UTF8.GetBytes(text), hashKey));

    public static string Normalise(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return email.Trim().ToLowerInvariant();
    }

    /// <summary>Makes the key of a new user.</summary>
    public async Task CreateKeyAsync(long userId, long now, CancellationToken cancellation)
    {
        var key = Secrets.RandomBytes(SecretBox.KeySize);
        await database.Command(
                "insert into transient.user_keys (user_id, sealed_key, created_at) values ($1, $2, $3) on conflict do nothing",
                userId, SecretBox.Seal(key, instanceKey), now)
            .RunAsync(cancellation);
    }

    /// <summary>Whether anything of the user can be sealed and opened; not any more once the account's data are gone.</summary>
    public async Task<bool> HasKeyAsync(long userId, CancellationToken cancellation) => await KeyAsync(userId, cancellation) is not null;

    public async Task<string> SealAsync(long userId, string text, CancellationToken cancellation) =>
        Convert.ToBase64String(await SealBytesAsync(userId, Encoding.UTF8.GetBytes(text), cancellation));

    public async Task<byte[]> SealBytesAsync(long userId, byte[] plain, CancellationToken cancellation)
    {
        var key = await KeyAsync(userId, cancellation) ?? throw new InvalidOperationException($"user {userId} has no key to seal with");
        return SecretBox.Seal(plain, key);
    }

    /// <summary>Null when the user's key is gone.</summary>
    public async Task<string?> OpenAsync(long userId, string? sealedText, CancellationToken cancellation) =>
        sealedText is not null && await OpenBytesAsync(userId, Convert.FromBase64String(sealedText), cancellation) is { } plain
            ? Encoding.UTF8.GetString(plain)
            : null;

    public async Task<byte[]?> OpenBytesAsync(long userId, byte[] sealedBytes, CancellationToken cancellation) =>
        await KeyAsync(userId, cancellation) is { } key && SecretBox.TryOpen(sealedBytes, key, out var plain) ? plain : null;

    /// <summary>Seals with the instance's own key, for what belongs to no user.</summary>
    public byte[] SealForInstance(byte[] plain) => SecretBox.Seal(plain, instanceKey);

    public byte[]? OpenForInstance(byte[] sealedBytes) => SecretBox.TryOpen(sealedBytes, instanceKey, out var plain) ? plain : null;

    /// <summary>Loads the keys of many users at once, before many values are opened.</summary>
    public async Task LoadKeysAsync(IEnumerable<long> userIds, CancellationToken cancellation)
    {
        var missing = userIds.Distinct().Where(id => !keys.ContainsKey(id)).ToArray();
        if (missing.Length == 0) return;
        if (keys.Count > CacheSize) keys.Clear();
        var rows = await database.Command("select user_id, sealed_key from transient.user_keys where user_id = any($1)", missing)
            .ListAsync(r => (r.GetInt64(0), r.GetFieldValue<byte[]>(1)), cancellation);
        foreach (var (id, sealedKey) in rows)
        {
            if (SecretBox.TryOpen(sealedKey, instanceKey, out var key)) keys[id] = key;
        }
    }

    private async Task<byte[]?> KeyAsync(long userId, CancellationToken cancellation)
    {
        if (!keys.ContainsKey(userId)) await LoadKeysAsync([userId], cancellation);
        return keys.GetValueOrDefault(userId);
    }
}
