using Ente.Orleans.Api.Collections;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>GET /public-collection/info: works before the password is given (api/02 §13).</summary>
internal static class AlbumInfo
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/public-collection/info", Handle).Requires(Requirement.PublicAlbum)
            .WithMetadata(new OpenWithoutPassword(), new CountsDevice(GivesToken: true));

    private sealed record Response(CollectionBody Collection, string ReferralCode);

    private static async Task<IResult> Handle(
        AlbumVisit visit, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        if (visit.Collection.IsDeleted) return Answers.NotFound;
        var code = await grains.SendAsync(
            new CreateReferralCode(visit.Collection.OwnerId, Secrets.RandomAlphanumeric(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
            client.RequestId, cancellation);
        var body = CollectionBody.Of(visit.Collection) with
        {
            MagicMetadata = null,
            PublicURLs = [PublicUrlBody.ForVisitor(visit.Link)],
        };
        return Answers.Ok(new Response(body, code.Value ?? ""));
    }
}
