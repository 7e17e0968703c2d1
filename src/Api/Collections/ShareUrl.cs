using System.Text;
using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>POST, PUT and DELETE /collections/share-url: the public link of a collection (api/02 §11).</summary>
internal static class ShareUrl
{
    private const string TokenAlphabet = "23456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const int TokenLength = 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/collections/share-url", Create).Requires(Requirement.Storage);
        routes.MapPut("/collections/share-url", Change).Requires(Requirement.Storage);
        routes.MapDelete("/collections/share-url/{collectionID}", Disable).Requires(Requirement.Storage);
    }

    private sealed record Response(PublicUrlBody Result);

    private sealed record CreateRequest(
        long? CollectionID, bool? EnableCollect, bool? EnableComment, bool? EnableJoin, long? ValidTill, long? DeviceLimit);

    private static async Task<IResult> Create(
        Body<CreateRequest> body, Caller caller, ClientInfo client, PersonalData personal, IdAllocator ids, CollectionBodies bodies,
        IGrainHost grains, Clock clock, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID)) return Answers.BadRequest;
        var token = Secrets.RandomAlphanumeric(TokenLength, TokenAlphabet);
        var command = new CreateLink(
            caller.UserId, r.CollectionID!.Value, await ids.LinkAsync(cancellation), TokenHash.Of(token),
            Convert.ToBase64String(personal.SealForInstance(Encoding.ASCII.GetBytes(token))), r.ValidTill ?? 0, r.DeviceLimit ?? 0,
            r.EnableCollect ?? false, r.EnableComment ?? false, r.EnableJoin ?? true, clock.Now);
        var reply = await grains.SendAsync(command, client.RequestId, cancellation);
        return Answers.OkOr(reply, link => new Response(bodies.Link(link, caller.App)));
    }

    private sealed record ChangeRequest(
        long? CollectionID, long? ValidTill, long? DeviceLimit, string? PassHash, string? Nonce, long? MemLimit, long? OpsLimit,
        bool? DisablePassword, bool? EnableDownload, bool? EnableCollect, bool? EnableComment, bool? EnableJoin, string? MinRole);

    private static async Task<IResult> Change(
        Body<ChangeRequest> body, Caller caller, ClientInfo client, CollectionBodies bodies, IGrainHost grains, Clock clock,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.CollectionID)) return Answers.BadRequest;
        var change = new LinkChange(
            r.ValidTill, r.DeviceLimit, r.PassHash is null ? null : TokenHash.Of(r.PassHash), r.Nonce, r.MemLimit, r.OpsLimit,
            r.DisablePassword, r.EnableDownload, r.EnableCollect, r.EnableComment, r.EnableJoin, r.MinRole);
        var reply = await grains.SendAsync(
            new ChangeLink(caller.UserId, r.CollectionID!.Value, change, clock.Now), client.RequestId, cancellation);
        return Answers.OkOr(reply, link => new Response(bodies.Link(link, caller.App)));
    }

    private static async Task<IResult> Disable(
        HttpContext http, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var id = Query.PathNumber(http, "collectionID");
        return Answers.EmptyOr(await grains.SendAsync(new DisableLink(caller.UserId, id), client.RequestId, cancellation));
    }
}
