using Ente.Orleans.Api.Cast;
using Ente.Orleans.Api.PublicCollection;

namespace Ente.Orleans.Api.Access;

/// <summary>
/// The one place that lets requests through (api/01 §A4): the client's and the process's limit, then who is calling, then
/// the limit of the route. What no endpoint serves is 404, whatever the method.
/// </summary>
internal sealed class Gate(
    RequestDelegate next, ApiOptions options, FairShares shares, RateLimiter limits, Tokens tokens, ScopedJwt jwts, PublicAlbums albums,
    CastReceivers receivers, AccountQueries accounts)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<Requirement>() is not { } requirement)
        {
            await NotFoundAsync(http);
            return;
        }

        var client = ClientInfo.Of(http);
        if (ReferenceEquals(requirement, Requirement.Capability))
        {
            await next(http);
            return;
        }

        // Whoever is known to be signed in counts alone, whatever others behind the same address do.
        if (requirement.Kind is AccessKind.User or AccessKind.Storage or AccessKind.Admin
            && tokens.KnownUser(TokenOf(http), client.App) is { } user)
        {
            http.Features.Set(ClientKey.OfUser(user));
        }

        using var entry = shares.Enter(http.Features.Get<ClientKey>()!);
        if (await AdmitAsync(http, requirement, client) is { } refusal)
        {
            await refusal.ExecuteAsync(http);
            return;
        }

        if (endpoint.Metadata.GetMetadata<RateLimit>() is { } limit)
        {
            var who = http.Features.Get<Caller>() is { } caller ? $"user {caller.UserId}"
                : http.Features.Get<AlbumVisit>() is { } visit && limit.Calls == AlbumUploadLimit ? $"collection {visit.Collection.Id}"
                : $"network {client.Network}";
            limits.Count($"{who} {http.Request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText}", limit.Calls, limit.Window);
        }

        await next(http);
    }

    /// <summary>Upload URLs of a public album are limited by album, not by visitor.</summary>
    public const int AlbumUploadLimit = 250;

    public static IResult TooMany => Answers.Error(StatusCodes.Status429TooManyRequests, "Rate limit breached, try later");

    private static IResult Unauthenticated(string error) => Answers.Error(StatusCodes.Status401Unauthorized, error);

    private async Task<IResult?> AdmitAsync(HttpContext http, Requirement requirement, ClientInfo client) => requirement.Kind switch
    {
        AccessKind.Anyone => null,
        AccessKind.PublicAlbum => await albums.AdmitAsync(http, client),
        AccessKind.Cast => await receivers.AdmitAsync(http),
        AccessKind.Jwt => AdmitJwt(http, requirement.Scope!, client),
        _ => await AdmitUserAsync(http, requirement.Kind, client),
    };

    private async Task<IResult?> AdmitUserAsync(HttpContext http, AccessKind kind, ClientInfo client)
    {
        var token = TokenOf(http);
        if (token.Length == 0) return Unauthenticated("missing token");
        var (caller, error) = await tokens.AuthenticateAsync(token, client, http.RequestAborted);
        if (caller is null) return Unauthenticated(error!);
        if (kind == AccessKind.Storage && caller.App == Apps.Auth)
            return Answers.Error(StatusCodes.Status403Forbidden, "invalid app for endpoint");
        if (kind == AccessKind.Admin && !await IsAdminAsync(caller.UserId, http.RequestAborted))
            return Unauthenticated("insufficient permissions");
        http.Features.Set(caller);
        return null;
    }

    private IResult? AdmitJwt(HttpContext http, string scope, ClientInfo client)
    {
        var token = TokenOf(http);
        if (token.Length == 0) return Unauthenticated("missing token");
        if (jwts.Verify(token) is not { IsExpired: false } claims || claims.Scope != scope) return Unauthenticated("invalid token");
        http.Features.Set(new Caller(claims.UserId, client.App, ""));
        return null;
    }

    private async Task<bool> IsAdminAsync(long userId, CancellationToken cancellation)
    {
        if (options.Admins.Count > 0) return options.Admins.Contains(userId);
        return userId == (options.Admin ?? await accounts.FirstUserAsync(cancellation));
    }

    /// <summary>The user token of a request, empty for none.</summary>
    public static string TokenOf(HttpContext http) => Admitted.Credential(http, "X-Auth-Token", "token");

    private static Task NotFoundAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        http.Response.ContentType = "text/plain";
        return http.Response.WriteAsync("404 page not found");
    }
}
