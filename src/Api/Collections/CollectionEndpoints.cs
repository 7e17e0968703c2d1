namespace Ente.Orleans.Api.Collections;

/// <summary>Every route under <c>/collections</c> and <c>/collection-actions</c> (api/02).</summary>
internal static class CollectionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateCollectionEndpoint.Map(routes);
        ListCollections.Map(routes);
        GetCollection.Map(routes);
        CollectionDiff.Map(routes);
        CollectionFile.Map(routes);
        RenameCollectionEndpoint.Map(routes);
        CollectionMetadata.Map(routes);
        DeleteCollectionEndpoint.Map(routes);
        CollectionFiles.Map(routes);
        ShareCollectionEndpoint.Map(routes);
        UnshareCollectionEndpoint.Map(routes);
        JoinLink.Map(routes);
        ShareUrl.Map(routes);
        CollectionActions.Map(routes);
    }
}
