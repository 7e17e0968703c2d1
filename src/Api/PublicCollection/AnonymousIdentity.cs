using System.Text.Json;
using System.Text.Json.Nodes;
using Ente.Orleans.Api.Social;
using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>POST /public-collection/anon-identity and GET /public-collection/anon-profiles (api/04 §3.3).</summary>
internal static class AnonymousIdentity
{
    private const int MaxNameBytes = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/public-collection/anon-identity", Create).Requires(Requirement.PublicAlbum).Limited(10);
        routes.MapGet("/public-collection/anon-profiles", Profiles).Requires(Requirement.PublicAlbum);
    }

    private sealed record Request(string? Cipher, string? Nonce);

    private sealed record Response(string AnonUserID, string Token, long ExpiresAt);

    private static async Task<IResult> Create(
        Body<Request> body, AlbumVisit visit, ClientInfo client, AnonymousIdentities identities, IGrainHost grains,
        CancellationToken cancellation)
    {
        if (visit.CommentsClosed is { } closed) return closed;
        var (cipher, nonce) = (body.Value.Cipher, body.Value.Nonce);
        if (string.IsNullOrWhiteSpace(nonce) || !SocialFields.IsNonce(nonce)) return Answers.BadRequest;
        if (SealedText.PlainLength(cipher) is not { } length) return Answers.BadRequest;
        if (length > MaxNameBytes) return Answers.Coded(StatusCodes.Status400BadRequest, "ANON_NAME_TOO_LONG");
        var id = SocialFields.NewAnonymousId();
        var reply = await grains.SendAsync(
            new AddAnonymousProfile(visit.Collection.Id, visit.Link.Id, id, cipher!, nonce), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        var (token, expiresAt) = identities.Issue(id);
        return Answers.Created(new Response(id, token, expiresAt));
    }

    private static async Task<IResult> Profiles(AlbumVisit visit, SocialQueries social, CancellationToken cancellation) =>
        visit.CommentsClosed ?? await AnonymousProfilesResponse.OfAsync(visit.Collection.Id, social, cancellation);
}

/// <summary>Text in a secret box, as visitors send it: what is limited is the length of the plain text.</summary>
internal static class SealedText
{
    private const int TagSize = 16;

    /// <summary>Bytes of the plain text; null for what is no base64 of a secret box.</summary>
    public static int? PlainLength(string? cipher) =>
        cipher is { Length: <= SocialFields.MaxCommentBytes } && WireBase64.TryDecode(cipher, out var bytes) && bytes.Length >= TagSize
            ? bytes.Length - TagSize
            : null;
}

/// <summary>
/// Tokens of anonymous visitors (api/04 §3.2): the token alone is the identity, so nothing of it is
/// stored, and it counts only for a profile that is in the album.
/// </summary>
internal sealed class AnonymousIdentities(SocialQueries social, ApiOptions options, Clock clock)
{
    private const string Type = "anon-identity";

    /// <summary>A token for one calendar year, and the end of that year in microseconds.</summary>
    public (string Token, long ExpiresAt) Issue(string anonUserId)
    {
        var now = clock.UtcNow;
        var until = now.AddYears(1).ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["typ"] = Type,
            ["sub"] = anonUserId,
            ["iss"] = "museum",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = until,
        };
        return (JsonWebToken.Issue(claims, options.Secrets.Jwt), until * Micros.Second);
    }

    /// <summary>Whose token it is; null when it is bad or has expired.</summary>
    public string? Verify(string token) =>
        JsonWebToken.TryVerify(token, options.Secrets.Jwt, out var claims)
        && claims.TryGetProperty("typ", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals(Type)
        && claims.TryGetProperty("sub", out var subject) && subject.ValueKind == JsonValueKind.String
        && claims.TryGetProperty("exp", out var exp) && exp.ValueKind == JsonValueKind.Number && exp.TryGetInt64(out var until)
        && until > clock.UtcNow.ToUnixTimeSeconds()
            ? subject.GetString()
            : null;

    /// <summary>Why an identity does not count in a collection: it is unknown, or of another one.</summary>
    public async Task<Reason?> CheckAsync(string anonUserId, long collectionId, CancellationToken cancellation) =>
        await social.ProfileAsync(anonUserId, cancellation) is not { } profile ? Reason.Unauthenticated
        : profile.CollectionId == collectionId ? null
        : Reason.Forbidden;
}

/// <summary>Who acts when something is written through a link (api/04 §3.2).</summary>
internal sealed class AlbumAuthors(AnonymousIdentities identities, Tokens tokens)
{
    /// <summary>
    /// An identity proved in the header, else the account of a user token, else an anonymous visitor; to
    /// delete comments the account comes first (<paramref name="accountFirst"/>), since it may have more rights.
    /// </summary>
    public async Task<(Author? Author, IResult? Refusal)> IdentifyAsync(
        HttpContext http, AlbumVisit visit, ClientInfo client, string? anonUserId, string? anonToken, bool accountFirst)
    {
        var userToken = Gate.TokenOf(http);
        if (visit.AnonUserId is { } proven && !(accountFirst && userToken.Length > 0)) return (Author.Visitor(proven), null);
        if (userToken.Length > 0)
        {
            var (caller, _) = await tokens.AuthenticateAsync(userToken, client, http.RequestAborted);
            return caller is null ? (null, Answers.Unauthenticated) : (Author.Account(caller.UserId), null);
        }

        return await VisitorAsync(
            visit, http.Request.Headers["X-Anon-User-ID"].ToString() is { Length: > 0 } id ? id : anonUserId,
            Bearer(http) is { Length: > 0 } bearer ? bearer : anonToken, http.RequestAborted);
    }

    private async Task<(Author? Author, IResult? Refusal)> VisitorAsync(
        AlbumVisit visit, string? anonUserId, string? token, CancellationToken cancellation)
    {
        if (!Required.All(anonUserId, token)) return (null, Answers.Unauthenticated);
        if (identities.Verify(token!) is not { } subject) return (null, Answers.Unauthenticated);
        if (subject != anonUserId) return (null, Answers.BadRequest);
        return await identities.CheckAsync(subject, visit.Collection.Id, cancellation) is { } reason
            ? (null, Answers.Of(new Refusal(reason)))
            : (Author.Visitor(subject), null);
    }

    private static string Bearer(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : "";
    }
}
