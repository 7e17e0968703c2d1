using System.Text;
using System.Text.Json.Serialization;
using Ente.Orleans.Domain.Collections;

namespace Ente.Orleans.Api.Collections;

/// <summary>A collection on the wire (api/02 §4).</summary>
internal sealed record CollectionBody
{
    public required long Id { get; init; }

    public required UserBody Owner { get; init; }

    public required string EncryptedKey { get; init; }

    /// <summary>Absent for sharees: its presence means "boxed with my master key".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeyDecryptionNonce { get; init; }

    public required string Name { get; init; }

    public required string EncryptedName { get; init; }

    public required string NameDecryptionNonce { get; init; }

    public required string Type { get; init; }

    public required AttributesBody Attributes { get; init; }

    public required IReadOnlyList<UserBody>? Sharees { get; init; }

    public required IReadOnlyList<PublicUrlBody>? PublicURLs { get; init; }

    public required long UpdationTime { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SharedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsDeleted { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MagicMetadata? MagicMetadata { get; init; }

    public required string App { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MagicMetadata? PubMagicMetadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MagicMetadata? SharedMagicMetadata { get; init; }

    /// <summary>The fields that every view of a collection has; the rest is for the caller to set.</summary>
    public static CollectionBody Of(Collection c) => new()
    {
        Id = c.Id,
        Owner = new UserBody(c.OwnerId),
        EncryptedKey = c.EncryptedKey,
        KeyDecryptionNonce = c.KeyDecryptionNonce,
        Name = c.Name ?? "",
        EncryptedName = string.IsNullOrEmpty(c.Name) ? c.EncryptedName : "",
        NameDecryptionNonce = string.IsNullOrEmpty(c.Name) ? c.NameDecryptionNonce : "",
        Type = c.Type,
        Attributes = AttributesBody.Of(c.Attributes),
        Sharees = null,
        PublicURLs = null,
        UpdationTime = c.UpdationTime,
        IsDeleted = c.IsDeleted,
        MagicMetadata = c.MagicMetadata,
        App = c.App,
        PubMagicMetadata = c.PubMagicMetadata,
    };
}

internal sealed record UserBody(long Id, string Email = "", string Name = "", string Role = "");

internal sealed record AttributesBody(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EncryptedPath,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PathDecryptionNonce,
    int Version)
{
    public static AttributesBody Of(CollectionAttributes a) => new(
        string.IsNullOrEmpty(a.EncryptedPath) ? null : a.EncryptedPath,
        string.IsNullOrEmpty(a.PathDecryptionNonce) ? null : a.PathDecryptionNonce, a.Version);
}

/// <summary>A public link on the wire.</summary>
internal sealed record PublicUrlBody(
    string Url, long DeviceLimit, long ValidTill, bool EnableDownload, bool EnableCollect, bool EnableComment, bool PasswordEnabled,
    bool EnableJoin)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Nonce { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MemLimit { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? OpsLimit { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MinRole { get; init; }

    /// <summary>The visitor's view: works before the password is given, and tells neither address nor limits.</summary>
    public static PublicUrlBody ForVisitor(PublicLink l) => Of(l, "") with { DeviceLimit = 0, ValidTill = 0, MinRole = null };

    public static PublicUrlBody Of(PublicLink l, string url) =>
        new(url, l.DeviceLimit, l.ValidTill, l.EnableDownload, l.EnableCollect, l.EnableComment, l.PassHash is not null, l.EnableJoin)
        {
            Nonce = l.Nonce,
            MemLimit = l.MemLimit,
            OpsLimit = l.OpsLimit,
            MinRole = l.MinRole,
        };
}

/// <summary>Makes the bodies of collections, with e-mail addresses and links in the clear for those who may see them.</summary>
internal sealed class CollectionBodies(AccountQueries accounts, PersonalData personal, ApiOptions options)
{
    /// <summary>
    /// Elements of the lists (api/02 §6). No time passes the horizon: a collection that changed
    /// since is listed with the horizon's, and again at the next sync.
    /// </summary>
    public async Task<List<CollectionBody>> ListAsync(
        IReadOnlyList<CollectionView> views, long userId, string app, long horizon, CancellationToken cancellation)
    {
        var emails = await accounts.EmailsAsync(
            [.. views.SelectMany(v => v.Sharees.Select(s => s.ToUserId).Append(v.Collection.OwnerId)).Distinct()], cancellation);
        return [.. views.Select(v =>
        {
            var body = v.Share is null ? Owned(v, emails, app) : Shared(v, v.Share, emails, app);
            return body with { UpdationTime = Math.Min(body.UpdationTime, horizon) };
        })];
    }

    /// <summary>A single collection by its id, as owner or sharee.</summary>
    public async Task<CollectionBody> SingleAsync(CollectionView v, long userId, CancellationToken cancellation)
    {
        var c = v.Collection;
        var emails = await accounts.EmailsAsync([.. v.Sharees.Select(s => s.ToUserId).Append(c.OwnerId)], cancellation);
        return CollectionBody.Of(c) with
        {
            Owner = new UserBody(c.OwnerId, emails.GetValueOrDefault(c.OwnerId, "")),
            EncryptedKey = v.Share?.EncryptedKey ?? c.EncryptedKey,
            Sharees = ShareesOf(v.Sharees, emails),
            PublicURLs = LinksOf(v, v.Share?.Role ?? Roles.Owner, c.App),
        };
    }

    public async Task<IReadOnlyList<UserBody>> ShareesAsync(IReadOnlyList<Share> sharees, CancellationToken cancellation) =>
        ShareesOf(sharees, await accounts.EmailsAsync([.. sharees.Select(s => s.ToUserId)], cancellation));

    /// <summary>The address of a link, in the form of an app.</summary>
    public PublicUrlBody Link(PublicLink link, string app)
    {
        var token = personal.OpenForInstance(Convert.FromBase64String(link.SealedToken))
            ?? throw new InvalidOperationException($"the token of link {link.Id} does not open with this instance's key");
        var text = Encoding.ASCII.GetString(token);
        return PublicUrlBody.Of(link, app == Apps.Locker ? $"{options.Apps.PublicLocker}/c/{text}" : $"{options.Apps.PublicAlbums}/?t={text}");
    }

    private CollectionBody Owned(CollectionView v, Dictionary<long, string> emails, string app) => CollectionBody.Of(v.Collection) with
    {
        Sharees = ShareesOf(v.Sharees, emails),
        PublicURLs = LinksOf(v, Roles.Owner, app),
    };

    private CollectionBody Shared(CollectionView v, Share share, Dictionary<long, string> emails, string app) => CollectionBody.Of(v.Collection) with
    {
        Owner = new UserBody(v.Collection.OwnerId, share.IsDeleted ? "" : emails.GetValueOrDefault(v.Collection.OwnerId, "")),
        EncryptedKey = share.EncryptedKey,
        KeyDecryptionNonce = null,
        Attributes = new AttributesBody(null, null, 0),
        Sharees = share.IsDeleted ? [] : ShareesOf(v.Sharees, emails),
        PublicURLs = share.IsDeleted ? [] : LinksOf(v, share.Role, app),
        MagicMetadata = null,
        SharedMagicMetadata = share.MagicMetadata,
        SharedAt = share.SharedAt,
        IsDeleted = share.IsDeleted,
        UpdationTime = v.Collection.UpdationTime,
    };

    // Deleted accounts have no address and are left out.
    private static List<UserBody> ShareesOf(IReadOnlyList<Share> shares, Dictionary<long, string> emails) =>
        [.. shares.Where(s => emails.ContainsKey(s.ToUserId)).Select(s => new UserBody(s.ToUserId, emails[s.ToUserId], "", s.Role))];

    private List<PublicUrlBody> LinksOf(CollectionView v, string role, string app) =>
        v.Link is { } link && Roles.SeesLink(role, link) ? [Link(link, app)] : [];
}
