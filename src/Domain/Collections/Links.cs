using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Domain.Collections;

/// <summary>A public link with its settings; an existing one is returned as it is (api/02 §11).</summary>
public sealed record CreateLink(
    long UserId, long CollectionId, long NewId, string TokenHash, string SealedToken, long ValidTill, long DeviceLimit,
    bool EnableCollect, bool EnableComment, bool EnableJoin, long Now) : ICommand<PublicLink>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.LinksOf.Add(CollectionId);
        needs.Allowances.Add((UserId, Apps.Photos));
    }

    public Decision<PublicLink> Decide(Snapshot state)
    {
        if (state.Collections.Find(CollectionId) is not { } collection) return Refusal.NotFound;
        if (collection.Type == CollectionType.Uncategorized) return Refusal.BadRequest;
        if (collection.OwnerId != UserId) return Refusal.Forbidden;
        if (collection.IsDeleted) return Refusal.NotFound;
        if (Billing.Check(state, UserId, Now) is { } unpaid) return unpaid;
        if (state.ActiveLinkOf(CollectionId) is { } existing) return Decision<PublicLink>.Unchanged(existing);
        var settings = new LinkSettings(
            ValidTill, DeviceLimit, EnableDownload: true, EnableCollect, EnableComment, EnableJoin, null, null, null, null, null);
        var created = new LinkCreated(CollectionId, NewId, TokenHash, SealedToken, settings);
        return Decision<PublicLink>.Accept([new Fact(Grain.Stream, created)], t => PublicLink.Of(created, t));
    }
}

/// <summary>Changes to a link: what is null stays (api/02 §11).</summary>
public sealed record ChangeLink(long UserId, long CollectionId, LinkChange Change, long Now) : ICommand<PublicLink>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.LinksOf.Add(CollectionId);
        needs.Allowances.Add((UserId, Apps.Photos));
    }

    public Decision<PublicLink> Decide(Snapshot state)
    {
        if (Change.Check(Now) is { } bad) return bad;
        if (Access.AsOwnerOfAny(state, CollectionId, UserId, out _) is { } refusal) return refusal;
        if (Billing.Check(state, UserId, Now) is { } unpaid) return unpaid;
        if (state.ActiveLinkOf(CollectionId) is not { } link) return Refusal.NotFound;
        var settings = Change.AppliedTo(link);
        return Decision<PublicLink>.Accept(
            [new Fact(Grain.Stream, new LinkChanged(CollectionId, link.Id, settings))], t => link.With(settings, t));
    }
}

/// <summary>What a client changes of a link; null = unchanged. The password hash is already SHA-256 of the client's, base64.</summary>
public sealed record LinkChange(
    long? ValidTill, long? DeviceLimit, string? PassHash, string? Nonce, long? MemLimit, long? OpsLimit, bool? DisablePassword,
    bool? EnableDownload, bool? EnableCollect, bool? EnableComment, bool? EnableJoin, string? MinRole)
{
    public Refusal? Check(long now)
    {
        var sets = new object?[]
        {
            ValidTill, DeviceLimit, PassHash, Nonce, DisablePassword, EnableDownload, EnableCollect, EnableComment, EnableJoin, MinRole,
        };
        if (sets.All(x => x is null)) return Refusal.Bad("nothing to change");
        if (DeviceLimit is < 0 or > 50) return Refusal.Bad("device limit must be from 0 to 50");
        if (ValidTill is { } till && till != 0 && till < now) return Refusal.Bad("the time of expiry is in the past");
        var password = new object?[] { PassHash, Nonce, MemLimit, OpsLimit }.Count(x => x is not null);
        if (password is not 0 and not 4) return Refusal.Bad("a password needs passHash, nonce, memLimit and opsLimit");
        if (password > 0 && DisablePassword == true) return Refusal.Bad("password is set and disabled");
        return MinRole is not null && !Roles.IsKnown(MinRole) ? Refusal.Bad("unknown role") : null;
    }

    public LinkSettings AppliedTo(PublicLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        var drop = DisablePassword == true;
        return new LinkSettings(
            ValidTill ?? link.ValidTill, DeviceLimit ?? link.DeviceLimit, EnableDownload ?? link.EnableDownload,
            EnableCollect ?? link.EnableCollect, EnableComment ?? link.EnableComment, EnableJoin ?? link.EnableJoin,
            MinRole ?? link.MinRole, drop ? null : PassHash ?? link.PassHash, drop ? null : Nonce ?? link.Nonce,
            drop ? null : MemLimit ?? link.MemLimit, drop ? null : OpsLimit ?? link.OpsLimit);
    }
}

public sealed record DisableLink(long UserId, long CollectionId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.Collection(CollectionId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Collections.Add(CollectionId);
        needs.LinksOf.Add(CollectionId);
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Access.AsOwnerOfAny(state, CollectionId, UserId, out _) is { } refusal) return refusal;
        return state.ActiveLinkOf(CollectionId) is { } link
            ? Done.After(new Fact(Grain.Stream, new LinkDisabled(CollectionId, link.Id)))
            : Done.Nothing;
    }
}

/// <summary>
/// Whether a user's plan carries links (api/02 §1, check B). Nobody has the ids of the vendor's own
/// instance here, so everybody with a running plan counts as paying, and free-plan limits never apply.
/// </summary>
public static class Billing
{
    public static Refusal? Check(Snapshot state, long userId, long now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.AllowanceOf(userId, Apps.Photos) is { } a && a.CarriesLinks(now)
            ? null
            : Refusal.PaymentRequired;
    }
}
