namespace Ente.Orleans.Api.Cast;

/// <summary>Showing an album on a receiver (api/04 §6).</summary>
internal static class CastEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        DeviceInfo.Map(routes);
        CastData.Map(routes);
        CastAlbum.Map(routes);
    }
}
