using Ente.Orleans.Api.PublicCollection;
using Ente.Orleans.Api.Users;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST /collections/join-link: a visitor of a public link becomes a sharee (api/02 §10).</summary>
internal static class JoinLink
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/collections/join-link", Handle).Requires(Requirement.Storage);

    private sealed record Request(long? CollectionID, string? EncryptedKey);

    private static async Task<IResult> Handle(
        Body<Request> body, HttpContext http, Caller caller, ClientInfo client, LinkPasswords passwords, AccountQueries accounts,
        CollectionQueries collections, IGrainHost grains, JoinNotices notices, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID) || !Required.All(r.EncryptedKey)) return Answers.BadRequest;
        if (!ShareCollectionEndpoint.IsSealedKey(r.EncryptedKey)) return Answers.BadRequest;
        if (await collections.FindAsync(r.CollectionID!.Value, cancellation) is not { } collection) return Answers.NotFound;
        var proven = passwords.ProvenHash(LinkCredentials.PasswordJwt(http));
        var reply = await grains.SendAsync(
            new JoinByLink(
                caller.UserId, collection.Id, collection.OwnerId, r.EncryptedKey!, TokenHash.Of(LinkCredentials.Token(http)), proven, clock.Now),
            client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        notices.Send(caller.UserId, reply.Value!, await accounts.EmailsAsync([caller.UserId, reply.Value!.OwnerId], cancellation));
        return Answers.EmptyObject;
    }
}

/// <summary>Mails to owners about who joined; a failure is logged, and changes nothing.</summary>
internal sealed class JoinNotices(IMailer mailer, ILogger<JoinNotices> log)
{
    public void Send(long joiner, JoinedByLink joined, Dictionary<long, string> emails)
    {
        if (emails.TryGetValue(joined.OwnerId, out var owner) && emails.TryGetValue(joiner, out var name))
            _ = SendAsync(Mails.Joined(owner, name, joined.Role));
    }

    private async Task SendAsync(Mail mail)
    {
        try
        {
            await mailer.SendAsync(mail, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The mail about somebody who joined was not sent");
        }
    }
}
