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
        CollectionQueries collections, IGrainHost grains, Notices notices, Clock clock, CancellationToken cancellation)
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
        var joined = reply.Value!;
        var emails = await accounts.EmailsAsync([caller.UserId, joined.OwnerId], cancellation);
        if (emails.TryGetValue(joined.OwnerId, out var owner) && emails.TryGetValue(caller.UserId, out var joiner))
            notices.Send("somebody who joined", Mails.Joined(owner, joiner, joined.Role));
        return Answers.EmptyObject;
    }
}
