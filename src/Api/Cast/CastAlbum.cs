using System.Reflection;
using Ente.Orleans.Api.Collections;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;

namespace Ente.Orleans.Api.Cast;

/// <summary>What a paired receiver reads of its album (api/04 §6.3).</summary>
internal static class CastAlbum
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/cast/info", Info).Requires(Requirement.Cast);
        routes.MapGet("/cast/diff", Diff).Requires(Requirement.Cast);
        routes.MapGet("/cast/files/preview/{fileID}", (HttpContext http, CastVisit visit, VisitorReads reads, CancellationToken c) =>
            reads.RedirectAsync(http, StoredObject.Thumbnail, visit.Collection.Id, c)).Requires(Requirement.Cast);
        routes.MapGet("/cast/files/download/{fileID}", (HttpContext http, CastVisit visit, VisitorReads reads, CancellationToken c) =>
            reads.RedirectAsync(http, StoredObject.File, visit.Collection.Id, c)).Requires(Requirement.Cast);
    }

    private sealed record Response(CollectionBody Collection);

    private static IResult Info(CastVisit visit) => Answers.Ok(new Response(CollectionBody.Of(visit.Collection)));

    private static Task Diff(HttpContext http, CastVisit visit, VisitorReads reads, CancellationToken cancellation) =>
        reads.WriteDiffAsync(http, visit.Collection.Id, cancellation);
}

/// <summary>A receiver that was let in, with the album it shows.</summary>
internal sealed record CastVisit(Collection Collection)
{
    public static ValueTask<CastVisit> BindAsync(HttpContext http, ParameterInfo parameter) => Admitted.As<CastVisit>(http);
}

/// <summary>Lets receivers in by their cast token (api/04 §6.2). Looked up at every request: revocation works at once.</summary>
internal sealed class CastReceivers(CastSessions casts, CollectionQueries collections, Clock clock)
{
    public async Task<IResult?> AdmitAsync(HttpContext http)
    {
        var token = Admitted.Credential(http, "X-Cast-Access-Token", "castToken");
        if (token.Length == 0) return Answers.Error(StatusCodes.Status401Unauthorized, "cast access token missing");
        if (await casts.CollectionAsync(token, clock.Now, http.RequestAborted) is not { } id
            || await collections.FindAsync(id, http.RequestAborted) is not { IsDeleted: false } collection)
        {
            return Answers.Error(StatusCodes.Status401Unauthorized, "invalid token");
        }

        http.Features.Set(new CastVisit(collection));
        return null;
    }
}
