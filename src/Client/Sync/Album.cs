using System.Text;
using System.Text.Json.Nodes;
using Ente.Orleans.Client.Wire;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Client;

/// <summary>A collection that this account can open.</summary>
public sealed record Album
{
    public required long Id { get; init; }
    public required string Name { get; init; }

    /// <summary><c>album</c>, <c>folder</c>, <c>favorites</c> or <c>uncategorized</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The collection key, 32 bytes.</summary>
    public required byte[] Key { get; init; }

    public required long OwnerId { get; init; }
    public string? OwnerEmail { get; init; }

    /// <summary>Whether this account owns it.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>This account's role: <c>OWNER</c>, <c>ADMIN</c>, <c>COLLABORATOR</c> or <c>VIEWER</c>.</summary>
    public required string Role { get; init; }

    public required IReadOnlyList<User> Sharees { get; init; }
    public required IReadOnlyList<PublicUrl> Links { get; init; }

    /// <summary>Moves with every change of the album or of its files; microseconds.</summary>
    public required long UpdationTime { get; init; }

    /// <summary>Deleted, or no longer shared with this account. Its key may still open files in the trash.</summary>
    public required bool IsDeleted { get; init; }

    /// <summary>Hidden albums take no part in finding duplicates (08 §8.5).</summary>
    public required bool IsHidden { get; init; }

    /// <summary>Never prints the key.</summary>
    public override string ToString() => $"{Type} {Id} {Name}";

    /// <summary>Opens a collection with the account's keys (08 §7); null when they do not fit.</summary>
    internal static Album? Open(Collection collection, Session session)
    {
        var isOwn = collection.Owner.ID == session.UserId;
        byte[] key;
        if (isOwn)
        {
            if (!Boxed.TryOpen(collection.EncryptedKey, collection.KeyDecryptionNonce, session.MasterKey, out key))
                return null;
        }
        else if (!Base64Text.TryDecode(collection.EncryptedKey, out var sealedKey)
            || !SealedBox.TryOpen(sealedKey, session.Keys.PublicKey, session.Keys.SecretKey, out key))
        {
            return null;
        }
        var role = isOwn ? "OWNER" : collection.Sharees?.FirstOrDefault(s => s.ID == session.UserId)?.Role;
        return Open(collection, key, isOwn, role ?? "VIEWER");
    }

    /// <summary>Opens a collection with its own key, as the visitor of a link has it.</summary>
    internal static Album? Open(Collection collection, byte[] key, bool isOwn, string role)
    {
        if (key.Length != SecretBox.KeySize || ReadName(collection, key) is not { } name)
            return null;
        return new Album
        {
            Id = collection.ID,
            Name = name,
            Type = collection.Type,
            Key = key,
            OwnerId = collection.Owner.ID,
            OwnerEmail = string.IsNullOrEmpty(collection.Owner.Email) ? null : collection.Owner.Email,
            IsOwn = isOwn,
            Role = role,
            Sharees = collection.Sharees ?? [],
            Links = collection.PublicUrls ?? [],
            UpdationTime = collection.UpdationTime,
            IsDeleted = collection.IsDeleted ?? false,
            IsHidden = Envelope.Open(collection.MagicMetadata, key)?["visibility"].AsInteger() == 2,
        };
    }

    private static string? ReadName(Collection collection, byte[] key)
    {
        // A plain name comes from before names were encrypted, and wins (08 §7).
        if (!string.IsNullOrEmpty(collection.Name))
            return collection.Name;
        return Boxed.TryOpen(collection.EncryptedName, collection.NameDecryptionNonce, key, out var name)
            ? Encoding.UTF8.GetString(name)
            : null;
    }
}

/// <summary>The magic metadata envelope (08 §6).</summary>
internal static class Envelope
{
    /// <summary>The object inside, or null when there is none or it does not open.</summary>
    public static JsonObject? Open(MagicMetadata? metadata, byte[] key) => OpenBlob(metadata?.Data, metadata?.Header, key);

    public static JsonObject? OpenBlob(string? data, string? header, byte[] key)
    {
        if (!Base64Text.TryDecode(data, out var cipher) || !Base64Text.TryDecode(header, out var headerBytes)
            || !Blob.TryDecrypt(cipher, headerBytes, key, out var plain))
            return null;
        try
        {
            // Without the option a key that stands there twice is found out later, by whoever happens to look something up.
            return JsonNode.Parse(plain, documentOptions: new System.Text.Json.JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Encrypts an object; null when it has no keys, because the server refuses a count of 0.</summary>
    public static MagicMetadata? Seal(JsonObject values, byte[] key, int version = 1)
    {
        var kept = new JsonObject(values.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        if (kept.Count == 0)
            return null;
        var blob = Blob.Encrypt(Encoding.UTF8.GetBytes(kept.ToJsonString(Json.Options)), key);
        return new MagicMetadata
        {
            Version = version,
            Count = kept.Count,
            Data = Convert.ToBase64String(blob.Cipher),
            Header = Convert.ToBase64String(blob.Header),
        };
    }

    /// <summary>A whole number, whatever number the writing client made of it; null for anything else.</summary>
    public static long? AsInteger(this JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != System.Text.Json.JsonValueKind.Number)
            return null;
        if (value.TryGetValue<long>(out var integer))
            return integer;
        return value.TryGetValue<double>(out var number) && double.IsFinite(number) && Math.Abs(number) < 9e15 ? (long)number : null;
    }

    /// <summary>A text; null for anything else, half a surrogate pair included.</summary>
    public static string? AsText(this JsonNode? node)
    {
        try
        {
            return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
