using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Collections.Social;
using Ente.Orleans.Domain.Families;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Domain;

/// <summary>
/// The state that decisions see: the rows a batch asked for, all of one moment, and every event decided since. The rows are the inline
/// projections: applying an event here is all there is to projecting it, live and in a replay. What a command may see
/// of it, and what it has relied on, is <see cref="Sight"/>'s.
/// </summary>
public sealed partial class Snapshot
{
    private readonly Dictionary<(long UserId, string App), Allowance> allowances = [];
    private readonly Dictionary<(long UserId, long OtherId), StreamId> acquaintances = [];
    private readonly Dictionary<StreamId, long> versions = [];

    public Sight Sight { get; } = new();

    /// <summary>What was loaded; null: everything there is (domain tests, where all rows come from events).</summary>
    public Needs? Loaded { get; set; }

    /// <summary>
    /// What the decisions of this batch that took storage relied on. The commit holds it against what is stored by then, since
    /// others, in other grains or in the same family, may have stored meanwhile.
    /// </summary>
    public Dictionary<(long UserId, string App), StorageCeiling> Ceilings { get; } = [];

    /// <summary>Bytes to add to the stored usage of a user in an app: a sum, not a row, since many streams add to it.</summary>
    public Dictionary<(long UserId, string App), long> UsageChange { get; } = [];

    public PublicLink? ActiveLinkOf(long collectionId) => LinksOf[collectionId] is [var link, ..] ? link : null;

    public string? RoleIn(Collection collection, long userId) =>
        Roles.Of(collection, Shares.Find((collection.Id, userId)), userId);

    /// <summary>A passkey that is this user's and was not removed.</summary>
    public Passkey? PasskeyOf(long userId, string passkeyId) =>
        Passkeys.Find(passkeyId) is { IsDeleted: false } passkey && passkey.UserId == userId ? passkey : null;

    /// <summary>What a user may store in an app; null: there is no such user. Relies on the user and on who pays.</summary>
    public Allowance? AllowanceOf(long userId, string app)
    {
        if (!Sight.Needs.Allowances.Contains((userId, app))) throw new NotAskedException($"allowance of {userId} in {app}");
        if (allowances.GetValueOrDefault((userId, app)) is not { } allowance) return null;
        Sight.RelyOn(StreamId.User(allowance.UserId));
        Sight.RelyOn(StreamId.User(allowance.PayerId));
        return allowance;
    }

    /// <summary>Takes an allowance as loaded; the versions are those of the user's and the payer's streams.</summary>
    public void Load(Allowance allowance, long userVersion, long payerVersion)
    {
        ArgumentNullException.ThrowIfNull(allowance);
        allowances[(allowance.UserId, allowance.App)] = allowance;
        versions[StreamId.User(allowance.UserId)] = userVersion;
        versions[StreamId.User(allowance.PayerId)] = payerVersion;
    }

    /// <summary>Whether a user has something to do with another, by an album or a family; relies on that album or family (api/05 §4.1).</summary>
    public bool AreAcquainted(long userId, long otherId)
    {
        if (!Sight.Needs.Acquaintances.Contains((userId, otherId))) throw new NotAskedException($"acquaintance of {userId} and {otherId}");
        if (!acquaintances.TryGetValue((userId, otherId), out var through)) return false;
        Sight.RelyOn(through);
        return true;
    }

    /// <summary>Takes an acquaintance as loaded, with the stream that proves it and that stream's version.</summary>
    public void LoadAcquaintance(long userId, long otherId, StreamId through, long version)
    {
        acquaintances[(userId, otherId)] = through;
        versions[through] = version;
    }

    /// <summary>
    /// Version to append to a stream at, events of this batch included; 0 where nothing is known of it: if it exists all the same,
    /// the append is refused.
    /// </summary>
    public long VersionOf(StreamId stream) => Held(stream).Version ?? versions.GetValueOrDefault(stream, 0);

    /// <summary>Version of a stream that was relied on; 0 = it does not exist.</summary>
    /// <exception cref="NotAskedException">It was not looked for, so that nothing says whether it exists.</exception>
    public long LoadedVersionOf(StreamId stream)
    {
        var (version, isLoaded) = Held(stream);
        if (version is { } held) return held;
        if (versions.TryGetValue(stream, out var known)) return known;
        return isLoaded == false && !Sight.IsNew(stream) ? throw new NotAskedException($"version of {stream}") : 0;
    }

    /// <summary>Applies an event. <paramref name="time"/>: its stored time, or <see cref="Micros.OfThisCommit"/>.</summary>
    public void Apply(StreamId stream, long version, object @event, long time)
    {
        if (version == 1) Sight.Began(stream);
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

    // What is decided next in this batch, by the user or the user's family, finds so much less room.
    internal void AddUsage(long userId, string app, long bytes)
    {
        UsageChange[(userId, app)] = UsageChange.GetValueOrDefault((userId, app)) + bytes;
        Spend(userId, app, bytes, 0);
    }

    internal void AddFile(long userId, string app) => Spend(userId, app, 0, 1);

    private void Spend(long userId, string app, long bytes, int files)
    {
        if (allowances.Count == 0 || allowances.Values.FirstOrDefault(a => a.UserId == userId) is not { } own) return;
        foreach (var (key, other) in allowances.Where(a => a.Value.PayerId == own.PayerId).ToList())
            allowances[key] = other.After(userId, app, bytes, files);
    }

    private (long? Version, bool? IsLoaded) Held(StreamId stream) => stream.Type switch
    {
        StreamType.Collection => (Collections.Held(stream.Id)?.Version, Loaded?.Collections.Contains(stream.Id)),
        StreamType.File => (Files.Held(stream.Id)?.Version, Loaded?.Files.Contains(stream.Id)),
        StreamType.User => (Accounts.Held(stream.Id)?.Version, Loaded?.Accounts.Contains(stream.Id)),
        _ => (Objects.Held(stream.Key)?.Version, Loaded?.Objects.Contains(stream.Key)),
    };
}
