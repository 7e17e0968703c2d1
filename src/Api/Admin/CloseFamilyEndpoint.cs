using Ente.Orleans.Api.Family;
using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Admin;

/// <summary>POST /admin/user/close-family: the family of an admin ends, its members are told (api/06 §1.1, §9.2).</summary>
internal static class CloseFamilyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/user/close-family", Handle).Requires(Requirement.Admin);

    private sealed record Request(long? UserID);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, FamilyMails mails, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.UserID)) return Answers.BadRequest;
        var reply = await grains.SendAsync(new CloseFamily(caller.UserId, body.Value.UserID!.Value), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        await mails.RemovedAsync(reply.Value!.RemovedMembers, cancellation);
        return Answers.EmptyObject;
    }
}
