namespace Ente.Orleans.Api.PublicCollection;

/// <summary>POST /public-collection/verify-password (api/02 §13).</summary>
internal static class AlbumPassword
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/public-collection/verify-password", Handle).Requires(Requirement.PublicAlbum)
            .WithMetadata(new OpenWithoutPassword()).Limited(10);

    private sealed record Request(string? PassHash);

    private sealed record Response(string JwtToken);

    private static IResult Handle(Body<Request> body, AlbumVisit visit, LinkPasswords passwords)
    {
        if (!Required.All(body.Value.PassHash)) return Answers.BadRequest;
        if (visit.Link.PassHash is not { } hash) return Answers.BadRequest;
        return LinkPasswords.IsEqual(TokenHash.Of(body.Value.PassHash!), hash)
            ? Answers.Ok(new Response(passwords.Issue(hash)))
            : Answers.Unauthenticated;
    }
}
