using Ente.Orleans.Api.UserData;
using Ente.Orleans.Domain.Accounts;

namespace Ente.Orleans.Api.Contacts;

/// <summary>The names that users give each other (api/05 §4.3).</summary>
internal static class ContactEndpoints
{
    private const string Prefix = "ct_";
    private const int RandomLength = 22;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/contacts", Create).Requires(Requirement.Storage);
        routes.MapGet("/contacts/diff", Diff).Requires(Requirement.Storage);
        routes.MapGet("/contacts/{id}", Get).Requires(Requirement.Storage);
        routes.MapPut("/contacts/{id}", Change).Requires(Requirement.Storage);
        routes.MapDelete("/contacts/{id}", Delete).Requires(Requirement.Storage);
    }

    private sealed record CreateRequest(long? ContactUserID, string? EncryptedKey, string? EncryptedData);

    private static async Task<IResult> Create(
        Body<CreateRequest> body, Caller caller, ClientInfo client, ContactBodies bodies, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.ContactUserID) || !IsBytes(r.EncryptedKey) || !IsBytes(r.EncryptedData)) return Answers.BadRequest;
        var id = Prefix + Crypto.Secrets.RandomAlphanumeric(RandomLength);
        var reply = await grains.SendAsync(
            new CreateContact(caller.UserId, id, r.ContactUserID!.Value, r.EncryptedKey!, r.EncryptedData!), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : await bodies.OneAsync(caller.UserId, id, cancellation);
    }

    private sealed record DiffResponse(IReadOnlyList<ContactBody> Diff);

    private static async Task<IResult> Diff(
        HttpContext http, Caller caller, AccountQueries accounts, ContactBodies bodies, CancellationToken cancellation) =>
        EntityPage.Of(http, out var page) is { } refusal
            ? refusal
            : Answers.Ok(new DiffResponse(
                await bodies.OfAsync(await accounts.ContactsAsync(caller.UserId, page.Since, page.Limit, cancellation), cancellation)));

    private static Task<IResult> Get(string id, Caller caller, ContactBodies bodies, CancellationToken cancellation) =>
        IsId(id) ? bodies.OneAsync(caller.UserId, id, cancellation) : Task.FromResult(BadId);

    private sealed record ChangeRequest(long? ContactUserID, string? EncryptedData);

    private static async Task<IResult> Change(
        string id, Body<ChangeRequest> body, Caller caller, ClientInfo client, ContactBodies bodies, IGrainHost grains,
        CancellationToken cancellation)
    {
        var r = body.Value;
        if (!IsId(id)) return BadId;
        if (!Required.All(r.ContactUserID) || !IsBytes(r.EncryptedData)) return Answers.BadRequest;
        var reply = await grains.SendAsync(
            new ChangeContact(caller.UserId, id, r.ContactUserID!.Value, r.EncryptedData!), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : await bodies.OneAsync(caller.UserId, id, cancellation);
    }

    private static async Task<IResult> Delete(
        string id, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation) =>
        IsId(id)
            ? Answers.EmptyOr(await grains.SendAsync(new DeleteContact(caller.UserId, id), client.RequestId, cancellation))
            : BadId;

    private static IResult BadId => Answers.Bad("this is no id of a contact");

    private static bool IsId(string id) =>
        id.Length > Prefix.Length && id.StartsWith(Prefix, StringComparison.Ordinal) && !id.Contains('\0', StringComparison.Ordinal);

    private static bool IsBytes(string? text) => WireBase64.TryDecode(text, out var bytes) && bytes.Length > 0;
}
