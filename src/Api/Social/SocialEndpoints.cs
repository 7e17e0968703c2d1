namespace Ente.Orleans.Api.Social;

/// <summary>Comments and reactions among the members of albums (api/04 §2).</summary>
internal static class SocialEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Comments.Map(routes);
        Reactions.Map(routes);
        SocialDiffs.Map(routes);
        AnonymousProfiles.Map(routes);
        SocialSummaries.Map(routes);
    }
}
