using Ente.Orleans.Api.Files;

namespace Ente.Orleans.Api.Collections;

/// <summary>GET /collections/v2/diff (api/02 §6).</summary>
internal static class CollectionDiff
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/collections/v2/diff", Handle).Requires(Requirement.Storage);

    private static async Task Handle(
        HttpContext http, Caller caller, CollectionAccess access, FileQueries files, ApiOptions options, CancellationToken cancellation)
    {
        var id = Query.NumberOrZero(http, "collectionID");
        if (await access.ReadAsync(id, caller.UserId, allowDeletedForOwner: false, cancellation) is null)
        {
            await Answers.NotFound.ExecuteAsync(http);
            return;
        }

        var page = await files.DiffPageAsync(id, Query.NumberOrZero(http, "sinceTime"), cancellation);
        await FileJson.WriteDiffAsync(
            http, files.DiffAsync(id, page, options.Budget.Piece, cancellation), page.HasMore,
            (json, file) => FileJson.WriteForMember(json, file, caller.UserId), cancellation);
    }
}
