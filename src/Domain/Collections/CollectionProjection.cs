using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Domain.Collections;

/// <summary>
/// Rows of collections, shares, links, memberships and actions, from the events of collection streams. What adds to an
/// <see cref="OpenScope"/> relies on the scope's anchor.
/// </summary>
internal static class CollectionProjection
{
    public static void Apply(Snapshot s, object @event, long t)
    {
        switch (@event)
        {
            case CollectionCreated e:
                s.Collections.Put(new Collection
                {
                    Id = e.CollectionId,
                    OwnerId = e.OwnerId,
                    App = e.App,
                    Type = e.Type,
                    EncryptedKey = e.EncryptedKey,
                    KeyDecryptionNonce = e.KeyDecryptionNonce,
                    Name = e.Name,
                    EncryptedName = e.EncryptedName,
                    NameDecryptionNonce = e.NameDecryptionNonce,
                    Attributes = e.Attributes,
                    MagicMetadata = e.MagicMetadata,
                    PubMagicMetadata = e.PubMagicMetadata,
                    UpdationTime = t,
                });
                s.Sight.RelyOn(StreamId.User(e.OwnerId));
                break;
            case CollectionRenamed e:
                Touch(s, e.CollectionId, t, c => c with { EncryptedName = e.EncryptedName, NameDecryptionNonce = e.NameDecryptionNonce });
                break;
            case CollectionMagicMetadataChanged e:
                Touch(s, e.CollectionId, t, c => c with { MagicMetadata = e.MagicMetadata });
                break;
            case CollectionPublicMagicMetadataChanged e:
                Touch(s, e.CollectionId, t, c => c with { PubMagicMetadata = e.MagicMetadata });
                break;
            case ShareeMagicMetadataChanged e:
                s.Shares.Change((e.CollectionId, e.UserId), x => x with { MagicMetadata = e.MagicMetadata, UpdationTime = t });
                Touch(s, e.CollectionId, t);
                break;
            case CollectionShared e:
                Shared(s, e, t);
                Touch(s, e.CollectionId, t);
                break;
            case CollectionUnshared e:
                if (s.Shares.Find((e.CollectionId, e.UserId)) is { } ended)
                    s.Shares.Put(ended with { IsDeleted = true, UpdationTime = t });
                Removed(s, e.CollectionId, e.FileIds, t);
                Touch(s, e.CollectionId, t);
                break;
            case FilesAdded e:
                Added(s, e, t);
                Touch(s, e.CollectionId, t);
                break;
            case FilesRemoved e:
                Removed(s, e.CollectionId, e.FileIds, t);
                Touch(s, e.CollectionId, t);
                break;
            case FilesMarkedForRemoval e:
                foreach (var a in e.Actions)
                {
                    s.Memberships.Change((e.CollectionId, a.FileId), m => m with
                    {
                        Action = CollectionAction.Remove,
                        ActionUser = e.ActorUserId,
                        UpdationTime = t,
                    });
                    s.Actions.Put(NewAction(e.CollectionId, e.ActorUserId, a, CollectionAction.Remove, t));
                }

                Touch(s, e.CollectionId, t);
                break;
            case DeletionSuggested e:
                foreach (var a in e.Actions)
                {
                    s.Sight.RelyOn(StreamId.File(a.FileId));
                    s.Actions.Put(NewAction(e.CollectionId, e.ActorUserId, a, CollectionAction.DeleteSuggested, t));
                }

                break;
            case DeletionSuggestionsRejected e:
                foreach (var id in e.ActionIds) s.Actions.Change(id, a => a with { IsPending = false, UpdatedAt = t });
                break;
            case FilesRefreshed e:
                foreach (var id in e.FileIds)
                {
                    if (s.Memberships.Find((e.CollectionId, id)) is { } m && (e.IncludesRemoved || !m.IsDeleted))
                        s.Memberships.Put(m with { UpdationTime = t });
                }

                Touch(s, e.CollectionId, t);
                break;
            case LinkCreated e:
                s.Links.Put(PublicLink.Of(e, t));
                Touch(s, e.CollectionId, t);
                break;
            case LinkChanged e:
                s.Links.Change(e.LinkId, l => l.With(e.Settings, t));
                Touch(s, e.CollectionId, t);
                break;
            case LinkDisabled e:
                s.Links.Change(e.LinkId, l => l with { IsDisabled = true, UpdatedAt = t });
                Touch(s, e.CollectionId, t);
                break;
            case CollectionDeleted e:
                foreach (var share in s.SharesOf[e.CollectionId].Where(x => !x.IsDeleted))
                    s.Shares.Put(share with { IsDeleted = true, UpdationTime = t });
                Touch(s, e.CollectionId, t, c => c with { IsDeleted = true, IsTrashPending = e.TrashFiles });
                break;
            case CollectionEmptied e:
                s.Collections.Change(e.CollectionId, c => c with { IsTrashPending = false });
                break;
            default:
                SocialProjection.Apply(s, @event, t);
                break;
        }
    }

    public static void Needs(object @event, Needs n)
    {
        switch (@event)
        {
            case ShareeMagicMetadataChanged e:
                n.Shares.Add((e.CollectionId, e.UserId));
                break;
            case CollectionShared e:
                n.Shares.Add((e.CollectionId, e.ToUserId));
                break;
            case CollectionUnshared e:
                n.Shares.Add((e.CollectionId, e.UserId));
                NeedMemberships(n, e.CollectionId, e.FileIds);
                break;
            case FilesAdded e:
                NeedMemberships(n, e.CollectionId, e.Files.Select(f => f.FileId));
                break;
            case FilesRemoved e:
                NeedMemberships(n, e.CollectionId, e.FileIds);
                break;
            case FilesMarkedForRemoval e:
                NeedMemberships(n, e.CollectionId, e.Actions.Select(a => a.FileId));
                break;
            case DeletionSuggestionsRejected e:
                n.Actions.UnionWith(e.ActionIds);
                break;
            case FilesRefreshed e:
                NeedMemberships(n, e.CollectionId, e.FileIds);
                break;
            case LinkChanged e:
                n.Links.Add(e.LinkId);
                break;
            case LinkDisabled e:
                n.Links.Add(e.LinkId);
                break;
            case CollectionDeleted e:
                n.SharesOf.Add(e.CollectionId);
                break;
            default:
                SocialProjection.Needs(@event, n);
                break;
        }
    }

    private static void NeedMemberships(Needs n, long collectionId, IEnumerable<long> fileIds)
    {
        foreach (var id in fileIds)
        {
            n.Memberships.Add((collectionId, id));
            n.PendingActions.Add((collectionId, id));
        }
    }

    private static void Touch(Snapshot s, long id, long t, Func<Collection, Collection>? change = null) =>
        s.Collections.Change(id, c => (change?.Invoke(c) ?? c) with { UpdationTime = t });

    // An existing share keeps its envelope and the sharee's metadata: neither key ever changes.
    private static void Shared(Snapshot s, CollectionShared e, long t)
    {
        s.Sight.RelyOn(StreamId.User(e.ToUserId));
        var old = s.Shares.Find((e.CollectionId, e.ToUserId));
        s.Shares.Put(old is null
            ? new Share
            {
                CollectionId = e.CollectionId,
                FromUserId = s.Collections.Get(e.CollectionId).OwnerId,
                ToUserId = e.ToUserId,
                EncryptedKey = e.EncryptedKey,
                Role = e.Role,
                SharedAt = t,
                UpdationTime = t,
            }
            : old with { Role = e.Role, IsDeleted = false, UpdationTime = t, SharedAt = old.IsDeleted ? t : old.SharedAt });
    }

    // A file that comes back keeps its first envelope, but counts as added now (api/02 §2, membership upsert).
    private static void Added(Snapshot s, FilesAdded e, long t)
    {
        foreach (var f in e.Files)
        {
            s.Sight.RelyOn(StreamId.File(f.FileId));
            var old = s.Memberships.Find((e.CollectionId, f.FileId));
            s.Memberships.Put(old is null
                ? new Membership
                {
                    CollectionId = e.CollectionId,
                    FileId = f.FileId,
                    EncryptedKey = f.EncryptedKey,
                    KeyDecryptionNonce = f.KeyDecryptionNonce,
                    CollectionOwnerId = s.Collections.Get(e.CollectionId).OwnerId,
                    FileOwnerId = f.FileOwnerId,
                    CreatedAt = t,
                    UpdationTime = t,
                }
                : old with
                {
                    IsDeleted = false,
                    Action = null,
                    ActionUser = null,
                    UpdationTime = t,
                    CreatedAt = old.IsDeleted ? t : old.CreatedAt,
                });
            EndRemovals(s, e.CollectionId, f.FileId, t);
        }
    }

    private static void Removed(Snapshot s, long collectionId, IEnumerable<long> fileIds, long t)
    {
        foreach (var id in fileIds)
        {
            s.Memberships.Change((collectionId, id), m => m with { IsDeleted = true, UpdationTime = t });
            EndRemovals(s, collectionId, id, t);
        }
    }

    // A removal that the owner was asked to confirm is settled when the file leaves or is added again.
    private static void EndRemovals(Snapshot s, long collectionId, long fileId, long t)
    {
        foreach (var action in s.PendingRemovals[(collectionId, fileId)]) s.Actions.Put(action with { IsPending = false, UpdatedAt = t });
    }

    private static CollectionAction NewAction(long collectionId, long actor, ActionOnFile a, string action, long t) => new()
    {
        Id = a.ActionId,
        UserId = a.UserId,
        ActorUserId = actor,
        CollectionId = collectionId,
        FileId = a.FileId,
        Action = action,
        IsPending = true,
        CreatedAt = t,
        UpdatedAt = t,
    };
}
