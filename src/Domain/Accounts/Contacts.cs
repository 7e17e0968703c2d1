namespace Ente.Orleans.Domain.Accounts;

/// <summary>A name that a user gives another one, encrypted (api/05 §4). Data go when it is deleted, the key stays.</summary>
public sealed record Contact
{
    public string Id { get; init; } = "";
    public long UserId { get; init; }
    public long ContactUserId { get; init; }

    /// <summary>Standard base64, as the data.</summary>
    public string EncryptedKey { get; init; } = "";
    public string? EncryptedData { get; init; }
    public bool IsDeleted { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>A contact for a user whom the owner has something to do with; one each, deleted ones count (api/05 §4.3).</summary>
public sealed record CreateContact(long UserId, string ContactId, long ContactUserId, string EncryptedKey, string EncryptedData) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.UnionWith([UserId, ContactUserId]);
        needs.ContactsFor.Add((UserId, ContactUserId));
        needs.Acquaintances.Add((UserId, ContactUserId));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (Contacts.Ineligible(state, UserId, ContactUserId) is { } refusal) return refusal;
        return Contacts.Of(state, UserId, ContactUserId) is not null
            ? Refusal.Bad("there is a contact for this user")
            : Done.After(new Fact(Grain.Stream, new ContactCreated(UserId, ContactId, ContactUserId, EncryptedKey, EncryptedData)));
    }
}

/// <summary>Another name, or another person; revives a deleted contact (api/05 §4.3).</summary>
public sealed record ChangeContact(long UserId, string ContactId, long ContactUserId, string EncryptedData) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.UnionWith([UserId, ContactUserId]);
        needs.Contacts.Add(ContactId);
        needs.ContactsFor.Add((UserId, ContactUserId));
        needs.Acquaintances.Add((UserId, ContactUserId));
    }

    public Decision<Done> Decide(Snapshot state)
    {
        if (state.Contacts.Find(ContactId) is not { } contact || contact.UserId != UserId) return Contacts.NotFound;
        var isAnother = contact.ContactUserId != ContactUserId;
        if ((isAnother || contact.IsDeleted) && Contacts.Ineligible(state, UserId, ContactUserId) is { } refusal) return refusal;
        if (state.Accounts.Find(ContactUserId) is not { IsDeleted: false }) return Refusal.Bad("there is no such user");
        return isAnother && Contacts.Of(state, UserId, ContactUserId) is not null
            ? Refusal.Bad("there is a contact for this user")
            : Done.After(new Fact(Grain.Stream, new ContactChanged(UserId, ContactId, ContactUserId, EncryptedData)));
    }
}

/// <summary>Deleting a deleted contact changes nothing.</summary>
public sealed record DeleteContact(long UserId, string ContactId) : ICommand<Done>
{
    public GrainKey Grain => GrainKey.User(UserId);

    public long Actor => UserId;

    public void Needs(Needs needs)
    {
        needs.Accounts.Add(UserId);
        needs.Contacts.Add(ContactId);
    }

    public Decision<Done> Decide(Snapshot state) => state.Contacts.Find(ContactId) switch
    {
        { } contact when contact.UserId == UserId =>
            contact.IsDeleted ? Done.Nothing : Done.After(new Fact(Grain.Stream, new ContactDeleted(UserId, ContactId))),
        _ => Contacts.NotFound,
    };
}

internal static class Contacts
{
    public static readonly Refusal NotFound = new(Reason.NotFound, "NOT_FOUND");

    public static Contact? Of(Snapshot state, long userId, long contactUserId) =>
        state.ContactsFor[(userId, contactUserId)] is [var contact, ..] ? contact : null;

    /// <summary>A contact is someone the owner knows already: addresses are not to be had by counting through user ids.</summary>
    public static Refusal? Ineligible(Snapshot state, long userId, long contactUserId) =>
        state.Accounts.Find(contactUserId) is { IsDeleted: false } && state.AreAcquainted(userId, contactUserId)
            ? null
            : Refusal.Bad("this user can not be a contact");

    /// <summary>The contacts of others that show this user's address: their owners fetch it anew (api/05 §4.1).</summary>
    public static IEnumerable<Fact> AddressChanged(Snapshot state, long userId) =>
        state.LiveContactsShowing[userId]
            .Where(c => state.Accounts.Find(c.UserId) is { IsDeleted: false })
            .OrderBy(c => c.UserId)
            .Select(c => new Fact(StreamId.User(c.UserId), new ContactAddressChanged(c.UserId, c.Id)));
}
