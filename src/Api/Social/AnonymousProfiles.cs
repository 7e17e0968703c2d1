using Ente.Orleans.Api.Collections;

namespace Ente.Orleans.Api.Social;

/// <summary>GET /social/anon-profiles: the visitors who took a name in a collection (api/04 §2.5).</summary>
internal static class AnonymousProfiles
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/social/anon-profiles", Handle).Requires(Requirement.Storage);

    private static Task<IResult> Handle(
        HttpContext http, Caller caller, CollectionAccess access, SocialQueries social, CancellationToken cancellation) =>
        SocialDiffs.ForMemberAsync(http, caller, access, id => AnonymousProfilesResponse.OfAsync(id, social, cancellation), cancellation);
}
