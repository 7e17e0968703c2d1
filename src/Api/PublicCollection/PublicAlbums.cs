using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>A visit to a public album that was let in; <paramref name="AnonUserId"/>: the identity that it proved in a header.</summary>
internal sealed record AlbumVisit(PublicLink Link, Collection Collection, string? AnonUserId)
{
    /// <summary>Why the social routes are closed, reading too; null when they are open (api/04 §3).</summary>
    public IResult? CommentsClosed =>
        Collection.IsDeleted ? Answers.NotFound : Link.EnableComment ? null : Answers.Of(Refusal.CommentsDisabled);

    public static ValueTask<AlbumVisit> BindAsync(HttpContext http, ParameterInfo parameter) => Admitted.As<AlbumVisit>(http);
}

/// <summary>Marks routes of a public album that open without its password.</summary>
internal sealed record OpenWithoutPassword;

/// <summary>Marks routes that count the visitor's device; one of them also gives the token that spares it the next count.</summary>
internal sealed record CountsDevice(bool GivesToken);

internal static class LinkCredentials
{
    public static string Token(HttpContext http) =>
        Admitted.Credential(http, "X-Auth-Access-Token", "accessToken");

    public static string PasswordJwt(HttpContext http) =>
        Admitted.Credential(http, "X-Auth-Access-Token-JWT", "accessTokenJWT");
}

/// <summary>Lets visitors into public albums (api/02 §12); every step has its own answer, and clients go by it.</summary>
internal sealed class PublicAlbums(
    CollectionQueries collections, LinkPasswords passwords, LinkDevices devices, AnonymousIdentities identities, ApiOptions options,
    Clock clock)
{
    private const string OldEmbedOrigin = "https://embed.ente.io";
    private static readonly AppUrls Defaults = new();

    public async Task<IResult?> AdmitAsync(HttpContext http, ClientInfo client)
    {
        var token = LinkCredentials.Token(http);
        if (token.Length == 0) return Answers.ErrorInContext(StatusCodes.Status401Unauthorized, "missing accessToken", "album_link");
        if (await collections.LinkAsync(TokenHash.Of(token), http.RequestAborted) is not { } view)
            return Answers.Error(StatusCodes.Status401Unauthorized, "invalid token");
        if (view.Link.IsDisabled) return Gone("disabled token");
        var isPaid = view.OwnerAllowance.CarriesLinks(clock.Now);
        if (!isPaid || !AllowsOrigin(http.Request.Headers.Origin.ToString(), view.CustomDomain)) return Gone("no active subscription");
        if (view.Link.ValidTill != 0 && view.Link.ValidTill < clock.Now) return Gone("expired token");
        var metadata = http.GetEndpoint()!.Metadata;
        if (view.Link.PassHash is { } hash && metadata.GetMetadata<OpenWithoutPassword>() is null
            && passwords.ProvenHash(LinkCredentials.PasswordJwt(http)) != hash)
        {
            return new JsonAnswer<object>(StatusCodes.Status401Unauthorized, new { error = new object() });
        }

        if (metadata.GetMetadata<CountsDevice>() is { } counting && !await devices.AdmitAsync(http, view.Link, token, client, counting.GivesToken))
            return Answers.Coded(StatusCodes.Status403Forbidden, "LINK_DEVICE_LIMIT_EXCEEDED");

        var anonToken = http.Request.Headers["X-Anon-User-Token"].ToString();
        var anonUserId = default(string);
        if (anonToken.Length > 0)
        {
            anonUserId = identities.Verify(anonToken);
            var refusal = anonUserId is null ? Reason.Unauthenticated
                : await identities.CheckAsync(anonUserId, view.Collection.Id, http.RequestAborted);
            if (refusal == Reason.Unauthenticated) return Answers.Error(StatusCodes.Status401Unauthorized, "invalid anonymous user token");
            if (refusal is not null) return Answers.Error(StatusCodes.Status403Forbidden, "the anonymous user is of another collection");
        }

        http.Features.Set(new AlbumVisit(view.Link, view.Collection, anonUserId));
        return null;
    }

    private static IResult Gone(string why) => Answers.Error(StatusCodes.Status410Gone, why);

    private bool AllowsOrigin(string origin, string? customDomain)
    {
        if (origin.Length == 0 || origin == options.Apps.PublicAlbums || origin == options.Apps.EmbedAlbums || origin == options.Apps.PublicLocker)
            return true;
        if (origin.StartsWith("http://localhost:", StringComparison.Ordinal)) return true;
        if (origin == OldEmbedOrigin && options.Apps.EmbedAlbums == Defaults.EmbedAlbums) return true;
        if (string.IsNullOrEmpty(customDomain) || !Uri.TryCreate(origin, UriKind.Absolute, out var uri)) return false;
        var domain = customDomain.StartsWith('_') && customDomain.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            ? customDomain[(colon + 1)..]
            : customDomain;
        return uri.IdnHost.Contains(domain, StringComparison.OrdinalIgnoreCase) || uri.Host.Contains(domain, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Proofs that a link's password was given: a JWT with the stored hash (api/02 §12).</summary>
internal sealed class LinkPasswords(ApiOptions options, Clock clock)
{
    private const long Lifetime = 365 * Micros.Day;

    public string Issue(string passHash) =>
        JsonWebToken.Issue(new JsonObject { ["passKey"] = passHash, ["expiryTime"] = clock.Now + Lifetime }, options.Secrets.Jwt);

    /// <summary>The stored hash that the JWT proves, null for none.</summary>
    public string? ProvenHash(string jwt) =>
        JsonWebToken.TryVerify(jwt, options.Secrets.Jwt, out var claims)
        && claims.TryGetProperty("passKey", out var key) && key.ValueKind == System.Text.Json.JsonValueKind.String
        && claims.TryGetProperty("expiryTime", out var expiry) && expiry.TryGetInt64(out var until) && until >= clock.Now
            ? key.GetString()
            : null;

    public static bool IsEqual(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}

/// <summary>The device limit of links: browsers that were let in get a token, and are not counted again (api/02 §12).</summary>
internal sealed class LinkDevices(LinkAdmissions admissions, ApiOptions options, Clock clock)
{
    public const string Header = "X-Ente-Link-Device-Token";
    private const string CdnWorker = "2a06:98c0:3600::103";
    private const long Lifetime = 365 * Micros.Day;
    private const long RenewBelow = 30 * Micros.Day;

    public async Task<bool> AdmitAsync(HttpContext http, PublicLink link, string token, ClientInfo client, bool givesToken)
    {
        switch (Remaining(http.Request.Headers["X-Auth-Link-Device-Token"].ToString(), link, token))
        {
            case > RenewBelow:
                return true;
            case > 0:
                if (givesToken) http.Response.Headers[Header] = Issue(link, token);
                return true;
        }

        // A deviceLimit of 50 means "many" to the clients that offer it.
        var limit = link.DeviceLimit == 50 ? 500 : link.DeviceLimit;
        var admitted = client.Address == CdnWorker
            || await admissions.AdmitAsync(link.Id, client.Address, client.UserAgent, limit, clock.Now, http.RequestAborted);
        if (admitted && givesToken) http.Response.Headers[Header] = Issue(link, token);
        return admitted;
    }

    private string Issue(PublicLink link, string token)
    {
        var until = clock.Now + Lifetime;
        if (link.ValidTill != 0) until = Math.Min(until, link.ValidTill);
        return JsonWebToken.Issue(
            new JsonObject
            {
                ["typ"] = "link-device",
                ["scope"] = "collection",
                ["linkID"] = link.Id,
                ["ath"] = AccessHash(token),
                ["iat"] = clock.Now,
                ["exp"] = until,
            },
            options.Secrets.Jwt);
    }

    private long Remaining(string jwt, PublicLink link, string token)
    {
        if (!JsonWebToken.TryVerify(jwt, options.Secrets.Jwt, out var claims)) return 0;
        var fits = claims.TryGetProperty("typ", out var type) && type.ValueEquals("link-device")
            && claims.TryGetProperty("linkID", out var id) && id.TryGetInt64(out var linkId) && linkId == link.Id
            && claims.TryGetProperty("ath", out var ath) && ath.ValueEquals(AccessHash(token));
        return fits && claims.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var until) ? until - clock.Now : 0;
    }

    private string AccessHash(string token) =>
        Convert.ToBase64String(HMACSHA256.HashData(options.Secrets.Jwt, Encoding.UTF8.GetBytes(token)));
}
