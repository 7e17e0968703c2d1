using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Xunit;

namespace Ente.Orleans.Domain.Tests;

/// <summary>Given events, when a command, then events: the state is what the events make of it.</summary>
internal sealed class Given
{
    public const long Now = 1_800_000_000_000_000;
    private readonly Dictionary<StreamId, long> versions = [];
    private long time = 1000;

    public Snapshot State { get; } = new();

    public Given With(StreamId stream, params ReadOnlySpan<object> events)
    {
        foreach (var e in events)
        {
            versions[stream] = versions.GetValueOrDefault(stream) + 1;
            var needs = new Needs();
            Snapshot.NeedsOf(stream, e, needs);
            State.Sight.OpenForReplay(needs);
            State.Apply(stream, versions[stream], e, ++time);
        }

        return this;
    }

    public Given User(long id) => With(
        StreamId.User(id),
        new UserRegistered(id, $"hash-{id}", "sealed", null, FreePlan.DefaultStorage, Now + FreePlan.Lifetime),
        new KeyAttributesSet(id, new KeyAttributes("s", "", "k", "n", "p", "e", "n", 268435456, 16, "", "", "", ""))).Allowed(id);

    /// <summary>What the loader would find of an account's plan.</summary>
    public Given Allowed(long user, long used = 0, long plan = FreePlan.DefaultStorage, long expiry = Now + Micros.Day)
    {
        foreach (var app in (string[])[Apps.Photos, Apps.Locker])
        {
            var allowance = new Allowance
            {
                UserId = user,
                App = app,
                PayerId = user,
                PlanStorage = plan,
                PlanExpiry = expiry,
                Used = used,
                OwnUsed = used,
            };
            State.Load(allowance, userVersion: 1, payerVersion: 1);
        }

        return this;
    }

    public Given Album(long id, long owner, string type = CollectionType.Album, string app = Apps.Photos) => With(
        StreamId.Collection(id),
        new CollectionCreated(id, owner, app, type, "k", "n", null, "name", "n", new CollectionAttributes(null, null, 0), null, null));

    public Given Shared(long album, long user, string role) =>
        With(StreamId.Collection(album), new CollectionShared(album, user, "sealed", role, ByLink: false));

    public Given File(long id, long owner, long album) => With(
            StreamId.File(id),
            new FileCreated(
                id, owner, Apps.Photos, "m", "h", "h", "h", null, null, new ObjectRef($"{owner}/c{id}", 100), new ObjectRef($"{owner}/t{id}", 10), null))
        .With(StreamId.Object($"{owner}/c{id}"), new ObjectStored($"{owner}/c{id}", owner, Apps.Photos, id, StoredObject.File, 100, "local"))
        .With(StreamId.Object($"{owner}/t{id}"), new ObjectStored($"{owner}/t{id}", owner, Apps.Photos, id, StoredObject.Thumbnail, 10, "local"))
        .Member(album, id, owner);

    public Given Member(long album, long file, long owner) =>
        With(StreamId.Collection(album), new FilesAdded(album, [new FileEnvelope(file, owner, "key", "nonce")]));

    /// <summary>The events that the command comes to.</summary>
    public IReadOnlyList<object> When<T>(ICommand<T> command)
    {
        var decision = Decide(command);
        Assert.Null(decision.Refusal);
        return [.. decision.Facts.Select(f => f.Event)];
    }

    public Refusal Refused<T>(ICommand<T> command)
    {
        var decision = Decide(command);
        Assert.NotNull(decision.Refusal);
        Assert.Empty(decision.Facts);
        return decision.Refusal;
    }

    /// <summary>Decides and applies, as a grain does.</summary>
    public Given Done<T>(ICommand<T> command)
    {
        var decision = Decide(command);
        Assert.Null(decision.Refusal);
        foreach (var fact in decision.Facts)
        {
            // Under the command's own needs, as in a grain: an event may read no more than its command asked for.
            versions[fact.Stream] = versions.GetValueOrDefault(fact.Stream) + 1;
            State.Apply(fact.Stream, versions[fact.Stream], fact.Event, ++time);
        }

        return this;
    }

    /// <summary>Decides as a grain does: the command sees what it asked for, and nothing else.</summary>
    public Decision<T> Decide<T>(ICommand<T> command)
    {
        var needs = new Needs();
        command.Needs(needs);
        State.Sight.StartBatch();
        State.Sight.Open(needs);
        return command.Decide(State);
    }
}
