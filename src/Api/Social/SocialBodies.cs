using System.Text.Json.Serialization;
using Ente.Orleans.Domain.Collections.Social;

namespace Ente.Orleans.Api.Social;

/// <summary>A comment on the wire (api/04 §2.3): what is null is left out.</summary>
internal sealed record CommentBody(string Id, long CollectionID, long UserID, bool IsDeleted, long CreatedAt, long UpdatedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FileID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ParentCommentID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AnonUserID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cipher { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Nonce { get; init; }

    public static CommentBody Of(Comment c) => new(c.Id, c.CollectionId, c.UserId, c.IsDeleted, c.CreatedAt, c.UpdatedAt)
    {
        FileID = c.FileId,
        ParentCommentID = c.ParentCommentId,
        AnonUserID = c.AnonUserId,
        Cipher = c.Cipher,
        Nonce = c.Nonce,
    };
}

/// <summary>A reaction on the wire (api/04 §2.3); one to a comment has no file, whatever the comment has.</summary>
internal sealed record ReactionBody(string Id, long CollectionID, long UserID, bool IsDeleted, long CreatedAt, long UpdatedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FileID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CommentID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AnonUserID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cipher { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Nonce { get; init; }

    public static ReactionBody Of(Reaction r) => new(r.Id, r.CollectionId, r.UserId, r.IsDeleted, r.CreatedAt, r.UpdatedAt)
    {
        FileID = r.FileId,
        CommentID = r.CommentId,
        AnonUserID = r.AnonUserId,
        Cipher = r.Cipher,
        Nonce = r.Nonce,
    };
}

/// <summary>The name of an anonymous visitor on the wire; nothing is left out.</summary>
internal sealed record AnonymousProfileBody(
    string AnonUserID, long CollectionID, string Cipher, string Nonce, long CreatedAt, long UpdatedAt)
{
    public static AnonymousProfileBody Of(AnonymousProfile p) =>
        new(p.AnonUserId, p.CollectionId, p.Cipher, p.Nonce, p.CreatedAt, p.UpdatedAt);
}

/// <summary><c>{"profiles":[…]}</c>, null when there are none.</summary>
internal sealed record AnonymousProfilesResponse(IReadOnlyList<AnonymousProfileBody>? Profiles)
{
    public static async Task<IResult> OfAsync(long collectionId, SocialQueries social, CancellationToken cancellation)
    {
        var profiles = await social.ProfilesAsync(collectionId, cancellation);
        return Answers.Ok(new AnonymousProfilesResponse(profiles.Count == 0 ? null : [.. profiles.Select(AnonymousProfileBody.Of)]));
    }
}
