using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Api.Contacts;

/// <summary>A contact on the wire: nothing is omitted, and a deleted one tells nothing but its ids and times (api/05 §4.2).</summary>
internal sealed record ContactBody(
    string Id, long UserID, long ContactUserID, string? Email, string? ProfilePictureAttachmentID, string? EncryptedKey, string? EncryptedData,
    bool IsDeleted, long CreatedAt, long UpdatedAt);

/// <summary>Puts the current addresses of the people behind contacts into their bodies.</summary>
internal sealed class ContactBodies(AccountQueries accounts)
{
    public async Task<IReadOnlyList<ContactBody>> OfAsync(IReadOnlyList<Contact> contacts, CancellationToken cancellation)
    {
        var emails = await accounts.EmailsAsync([.. contacts.Where(c => !c.IsDeleted).Select(c => c.ContactUserId)], cancellation);
        return
        [
            .. contacts.Select(c => new ContactBody(
                c.Id, c.UserId, c.ContactUserId, c.IsDeleted ? null : emails.GetValueOrDefault(c.ContactUserId), null,
                c.IsDeleted ? null : c.EncryptedKey, c.EncryptedData, c.IsDeleted, c.CreatedAt, c.UpdatedAt)),
        ];
    }

    public async Task<IResult> OneAsync(long userId, string id, CancellationToken cancellation) =>
        await accounts.ContactAsync(id, cancellation) is { } contact && contact.UserId == userId
            ? Answers.Ok((await OfAsync([contact], cancellation))[0])
            : Answers.CodedNotFound;
}
