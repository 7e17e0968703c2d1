using System.Text;

namespace Ente.Orleans.Api.PublicCollection;

/// <summary>
/// GET /public-collection/participants/masked-emails: the accounts that have something live in the album,
/// so that visitors can tell them apart and learn no address (api/04 §3.3).
/// </summary>
internal static class AlbumParticipants
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/public-collection/participants/masked-emails", Handle).Requires(Requirement.PublicAlbum);

    private sealed record Participant(long UserID, string EmailMasked);

    private sealed record Response(IReadOnlyList<Participant> Participants);

    private static async Task<IResult> Handle(
        AlbumVisit visit, SocialQueries social, AccountQueries accounts, CancellationToken cancellation)
    {
        if (visit.CommentsClosed is { } closed) return closed;
        var ids = await social.ParticipantsAsync(visit.Collection.Id, cancellation);
        var emails = await accounts.EmailsAsync(ids, cancellation);
        return Answers.Ok(new Response(
            [.. ids.Where(emails.ContainsKey).Select(id => new Participant(id, MaskedEmail.Of(emails[id])))]));
    }
}

/// <summary>An address of which little can be read: <c>robert@mail.org</c> becomes <c>ro****@m******g</c>.</summary>
internal static class MaskedEmail
{
    public const string Invalid = "[invalid_email]";

    public static string Of(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return email.Split('@') is [{ Length: > 0 } local, { Length: > 0 } domain]
            ? $"{Mask(local, first: 2, last: 0)}@{Mask(domain, first: 1, last: 1)}"
            : Invalid;
    }

    // By characters as Unicode counts them: half of one would be no text.
    private static string Mask(string part, int first, int last)
    {
        var runes = part.EnumerateRunes().ToList();
        var masked = new StringBuilder();
        for (var i = 0; i < runes.Count; i++) masked.Append(i < first || i >= runes.Count - last ? runes[i].ToString() : "*");
        return masked.ToString();
    }
}
