namespace Ente.Orleans.Domain.Collections;

public sealed record RenameCollection(long UserId, long CollectionId, string EncryptedName, string NameDecryptionNonce) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Collections.Add(CollectionId);

    public Decision<Done> Decide(Snapshot state) =>
        Access.AsOwnerOfAny(state, CollectionId, UserId, out _) is { } refusal
            ? refusal
            : Done.After(new Fact(Grain.Stream, new CollectionRenamed(CollectionId, EncryptedName, NameDecryptionNonce)));
}

/// <summary>The owner's private or public metadata. The version sent is not compared; the one stored is the next (api/02 §7).</summary>
public sealed record ChangeCollectionMetadata(long UserId, long CollectionId, bool IsPublic, MagicMetadata MagicMetadata) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs) => needs.Collections.Add(CollectionId);

    public Decision<Done> Decide(Snapshot state)
    {
        if (Access.AsOwnerOfAny(state, CollectionId, UserId, out _) is { } refusal) return refusal;
        object changed = IsPublic
            ? new CollectionPublicMagicMetadataChanged(CollectionId, MagicMetadata.Next())
            : new CollectionMagicMetadataChanged(CollectionId, MagicMetadata.Next());
        return Done.After(new Fact(Grain.Stream, changed));
    }
}

/// <summary>A sharee's own metadata, stored as sent.</summary>
public sealed record ChangeShareeMetadata(long UserId, long CollectionId, MagicMetadata MagicMetadata) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.Shares.Add((CollectionId, UserId));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Access.AsMember(state, CollectionId, UserId, out _, out var role) is { } refusal) return refusal;
        return role == Roles.Owner
            ? Refusal.Bad("owner can not update sharee magic metadata")
            : Done.After(new Fact(Grain.Stream, new ShareeMagicMetadataChanged(CollectionId, UserId, MagicMetadata)));
    }
}
