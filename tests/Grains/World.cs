using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Grains.Tests;

/// <summary>Commands with the parts that do not matter filled in.</summary>
internal static class World
{
    public const long Now = 1_800_000_000_000_000;
    private static long ids = 1_000_000;

    public static long NewId() => Interlocked.Increment(ref ids);

    public static KeyAttributes Keys { get; } =
        new("salt", "", "key", "nonce", "public", "secret", "nonce", 268435456, 16, "a", "b", "", "");

    public static async Task<long> UserAsync(Silo silo)
    {
        var id = NewId();
        await silo.OkAsync(new RegisterUser(id, $"hash-{id}", $"sealed-{id}", "test", FreePlan.DefaultStorage, Now + FreePlan.Lifetime));
        await silo.OkAsync(new SetKeyAttributes(id, Keys));
        return id;
    }

    public static async Task<long> CollectionAsync(Silo silo, long owner, string type = CollectionType.Album) =>
        (await silo.OkAsync(new CreateCollection(
            owner, NewId(), Apps.Photos, type, "key", "nonce", null, "name", "nonce", new CollectionAttributes(null, null, 0), null, null)))
        .Collection.Id;

    public static CreateFile File(long owner, long collection, long? id = null)
    {
        var fileId = id ?? NewId();
        return new CreateFile(
            owner, fileId, Apps.Photos, collection, $"key-{fileId}", "nonce", Object(owner, 1000), Object(owner, 100), "metadata", "header",
            null, null, "test", Now);
    }

    public static InviteToFamily Invitation(long admin, long member, int name) =>
        new(admin, member, $"place-{name}", $"family-hash-{name}", "sealed", null, Now);

    public static ClaimedObject Object(long owner, long size) => new($"{owner}/{Guid.NewGuid():D}", "header", size, size, "local");

    public static RegisterPasskey Passkey(long user, string id, string? credential = null) =>
        new(user, id, "sealed", new PasskeyCredential(credential ?? $"credential of {id}", "key", ["usb", "hybrid"], "example.org", 1));

    public static MagicMetadata Metadata(int version = 1) => new(version, 1, $"data-{version}", "header");
}
