namespace Ente.Orleans.Domain.Collections;

/// <summary>A new collection, or the one special collection of its type that there already is (api/02 §7).</summary>
public sealed record CreateCollection(
    long UserId, long NewId, string App, string Type, string EncryptedKey, string KeyDecryptionNonce, string? Name,
    string EncryptedName, string NameDecryptionNonce, CollectionAttributes Attributes, MagicMetadata? MagicMetadata,
    MagicMetadata? PubMagicMetadata) : ICommand<CreatedCollection>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    private bool IsSpecial => Type is CollectionType.Favorites or CollectionType.Uncategorized;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        if (IsSpecial) needs.SpecialCollections.Add((UserId, App, Type));
    }

    public Decision<CreatedCollection> Decide(Snapshot state)
    {
        if (state.Accounts.Find(UserId)?.KeyAttributes is null) return Refusal.NotFound;

        // Devices race to make the special ones: each gets the first.
        var existing = IsSpecial
            ? state.SpecialCollections[(UserId, App, Type)] is [var first, ..] ? first : null
            : null;
        if (existing is not null) return Decision<CreatedCollection>.Unchanged(new CreatedCollection(existing, IsNew: false));

        var created = new CollectionCreated(
            NewId, UserId, App, Type, EncryptedKey, KeyDecryptionNonce, Name, EncryptedName, NameDecryptionNonce, Attributes,
            MagicMetadata, PubMagicMetadata);
        return Decision<CreatedCollection>.Accept(
            [new Fact(StreamId.Collection(NewId), created)],
            t => new CreatedCollection(
                new Collection
                {
                    Id = NewId,
                    OwnerId = UserId,
                    App = App,
                    Type = Type,
                    EncryptedKey = EncryptedKey,
                    KeyDecryptionNonce = KeyDecryptionNonce,
                    Name = Name,
                    EncryptedName = EncryptedName,
                    NameDecryptionNonce = NameDecryptionNonce,
                    Attributes = Attributes,
                    MagicMetadata = MagicMetadata,
                    PubMagicMetadata = PubMagicMetadata,
                    UpdationTime = t,
                },
                IsNew: true));
    }
}

public sealed record CreatedCollection(Collection Collection, bool IsNew);
