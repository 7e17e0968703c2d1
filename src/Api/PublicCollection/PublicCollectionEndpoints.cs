namespace Ente.Orleans.Api.PublicCollection;

/// <summary>The album part of <c>/public-collection</c> (api/02 §13, api/04 §3).</summary>
internal static class PublicCollectionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        AlbumInfo.Map(routes);
        AlbumDiff.Map(routes);
        AlbumPassword.Map(routes);
        AlbumFiles.Map(routes);
        AlbumUploads.Map(routes);
        AnonymousIdentity.Map(routes);
        AlbumComments.Map(routes);
        AlbumReactions.Map(routes);
        AlbumSocialDiff.Map(routes);
        AlbumParticipants.Map(routes);
    }
}
