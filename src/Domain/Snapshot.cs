using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain;

/// <summary>
/// The state that decisions see: the rows a batch asked for, as of their streams' versions, and
/// every event decided since. The rows are the inline projections: applying an event here is all
/// there is to projecting it, live and in a replay.
/// </summary>
public sealed class Snapshot
{
    public Rows<long, Collection> Collections { get; } = new(c => c.Id);
    public Rows<(long CollectionId, long UserId), Share> Shares { get; } = new(s => (s.CollectionId, s.ToUserId));
    public Rows<long, PublicLink> Links { get; } = new(l => l.Id);
    public Rows<(long CollectionId, long FileId), Membership> Memberships { get; } = new(m => (m.CollectionId, m.FileId));
    public Rows<string, CollectionAction> Actions { get; } = new(a => a.Id);
    public Rows<string, Comment> Comments { get; } = new(c => c.Id);
    public Rows<string, Reaction> Reactions { get; } = new(r => r.Id);
    public Rows<string, AnonymousProfile> AnonymousProfiles { get; } = new(p => p.AnonUserId);
    public Rows<long, FileState> Files { get; } = new(f => f.Id);
    public Rows<long, TrashEntry> Trash { get; } = new(t => t.FileId);
    public Rows<string, StoredObject> Objects { get; } = new(o => o.Key);
    public Rows<(long FileId, string Type), FileData> FileData { get; } = new(d => (d.FileId, d.Type));
    public Rows<long, Account> Accounts { get; } = new(a => a.Id);
    public Rows<string, Passkey> Passkeys { get; } = new(p => p.Id);
    public Rows<string, UserSession> Sessions { get; } = new(s => s.TokenHash);
    public Rows<(long UserId, string BonusId), StorageBonus> Bonuses { get; } = new(b => (b.UserId, b.BonusId));
    public Rows<(long AdminId, long MemberId), FamilyMember> FamilyMembers { get; } = new(m => (m.AdminId, m.MemberId));
    public Rows<(long UserId, string Key), RemoteValue> RemoteValues { get; } = new(v => (v.UserId, v.Key));
    public Rows<(long UserId, string Type), EntityKey> EntityKeys { get; } = new(k => (k.UserId, k.Type));
    public Rows<string, UserEntity> Entities { get; } = new(e => e.Id);
    public Rows<string, Contact> Contacts { get; } = new(c => c.Id);

    /// <summary>Loaded for a decision, never written: the parts are rows of their own.</summary>
    public Dictionary<(long UserId, string App), Allowance> Allowances { get; } = [];

    /// <summary>Loaded for a decision, never written: pairs of which the first may have the second as a contact (api/05 §4.1).</summary>
    public HashSet<(long UserId, long OtherId)> Acquaintances { get; } = [];

    /// <summary>
    /// What the decisions of this batch that took storage relied on. The commit holds it against what is stored by then, since
    /// others, in other grains or in the same family, may have stored meanwhile.
    /// </summary>
    public Dictionary<(long UserId, string App), StorageCeiling> Ceilings { get; } = [];

    /// <summary>Bytes to add to the stored usage of a user in an app: a sum, not a row, since many streams add to it.</summary>
    public Dictionary<(long UserId, string App), long> UsageChange { get; } = [];

    public PublicLink? ActiveLinkOf(long collectionId) =>
        Links.All.FirstOrDefault(l => l.CollectionId == collectionId && !l.IsDisabled);

    public IEnumerable<Membership> MembershipsOfFile(long fileId) => Memberships.All.Where(m => m.FileId == fileId);

    public string? RoleIn(Collection collection, long userId) =>
        Roles.Of(collection, Shares.Find((collection.Id, userId)), userId);

    public Account? AccountByEmail(string emailHash) => Accounts.All.FirstOrDefault(a => a.EmailHash == emailHash);

    public IEnumerable<Passkey> PasskeysOf(long userId) => Passkeys.All.Where(p => p.UserId == userId && !p.IsDeleted);

    /// <summary>A passkey that is this user's and was not removed.</summary>
    public Passkey? PasskeyOf(long userId, string passkeyId) =>
        Passkeys.Find(passkeyId) is { IsDeleted: false } passkey && passkey.UserId == userId ? passkey : null;

    /// <summary>Version of a stream; 0 = it does not exist.</summary>
    public long VersionOf(StreamId stream) => stream.Type switch
    {
        StreamType.Collection => Collections.Find(stream.Id)?.Version ?? 0,
        StreamType.File => Files.Find(stream.Id)?.Version ?? 0,
        StreamType.User => Accounts.Find(stream.Id)?.Version ?? 0,
        _ => Objects.Find(stream.Key)?.Version ?? 0,
    };

    /// <summary>Applies an event. <paramref name="time"/>: its stored time, or <see cref="Micros.OfThisCommit"/>.</summary>
    public void Apply(StreamId stream, long version, object @event, long time)
    {
        switch (stream.Type)
        {
            case StreamType.Collection:
                CollectionProjection.Apply(this, @event, time);
                Collections.Change(stream.Id, c => c with { Version = version });
                break;
            case StreamType.File:
                FileProjection.Apply(this, @event, time);
                Files.Change(stream.Id, f => f with { Version = version });
                break;
            case StreamType.Object:
                FileProjection.Apply(this, @event, time);
                Objects.Change(stream.Key, o => o with { Version = version });
                break;
            default:
                AccountProjection.Apply(this, @event, time);
                Accounts.Change(stream.Id, a => a with { Version = version });
                break;
        }
    }

    /// <summary>The rows that <see cref="Apply"/> of an event reads.</summary>
    public static void NeedsOf(StreamId stream, object @event, Needs needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        switch (stream.Type)
        {
            case StreamType.Collection:
                needs.Collections.Add(stream.Id);
                CollectionProjection.Needs(@event, needs);
                break;
            case StreamType.File:
                needs.Files.Add(stream.Id);
                FileProjection.Needs(@event, needs);
                break;
            case StreamType.Object:
                needs.Objects.Add(stream.Key);
                break;
            default:
                needs.Accounts.Add(stream.Id);
                AccountProjection.Needs(@event, needs);
                break;
        }
    }

    internal void AddUsage(long userId, string app, long bytes) =>
        UsageChange[(userId, app)] = UsageChange.GetValueOrDefault((userId, app)) + bytes;
}
