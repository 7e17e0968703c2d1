using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.UserData;

/// <summary>Settings, feature flags and synced entities of a user (api/05).</summary>
internal static class UserDataEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        RemoteStore.Map(routes);
        FeatureFlags.Map(routes);
        EntityKeys.Map(routes);
        EntityDiff.Map(routes);
        Entities.Map(routes);
        Authenticator.Map(routes);
    }
}

/// <summary>GET /remote-store, POST /remote-store/update, DELETE /remote-store/{key} (api/05 §5).</summary>
internal static class RemoteStore
{
    private static readonly HashSet<string> UserFlags = ["recoveryKeyVerified", "mapEnabled", "faceSearchEnabled", "passKeyEnabled"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/remote-store", Get).Requires(Requirement.User);
        routes.MapPost("/remote-store/update", Update).Requires(Requirement.User);
        routes.MapDelete("/remote-store/{key}", Remove).Requires(Requirement.User);
    }

    private sealed record Value(string? Key, [property: JsonPropertyName("value")] string? Text);

    private sealed record Response(string Value);

    private static async Task<IResult> Get(HttpContext http, Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        var key = Query.Text(http, "key");
        if (key.Length == 0) return Answers.BadRequest;
        if (await accounts.RemoteValueAsync(caller.UserId, key, cancellation) is { Value: { } value }) return Answers.Ok(new Response(value));
        return http.Request.Query.ContainsKey("defaultValue") ? Answers.Ok(new Response(Query.Text(http, "defaultValue"))) : Answers.NotFound;
    }

    private static async Task<IResult> Update(
        Body<Value> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var (key, value) = (body.Value.Key, body.Value.Text);
        if (!Required.All(key) || value is null) return Answers.BadRequest;
        if (key != RemoteValue.CustomDomain && (!UserFlags.Contains(key!) || value is not ("true" or "false"))) return Answers.Bad("key or value not allowed");
        if (key == RemoteValue.CustomDomain && value.Length > 0 && !IsDomain(value)) return Answers.Bad("invalid domain");
        return Answers.EmptyOr(await grains.SendAsync(new SetRemoteValue(caller.UserId, key!, value), client.RequestId, cancellation));
    }

    private static async Task<IResult> Remove(
        string key, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation) =>
        key == RemoteValue.CustomDomain
            ? Answers.EmptyOr(await grains.SendAsync(new RemoveRemoteValue(caller.UserId, key), client.RequestId, cancellation))
            : Answers.Bad("key can not be removed");

    private static bool IsDomain(string value) =>
        value.Length <= 253 && value.Contains('.', StringComparison.Ordinal) && Uri.CheckHostName(value) == UriHostNameType.Dns;
}

/// <summary>GET /remote-store/feature-flags: web clients show no photo without an answer (api/05 §5.2).</summary>
internal static class FeatureFlags
{
    private const long UploadV2 = 1;
    private const long Social = 2;
    private const long BackupOptions = 4;
    private const long VideoStreaming = 8;
    private const long SeveralCastSessions = 16;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/remote-store/feature-flags", Handle).Requires(Requirement.User);

    private sealed record Response(
        bool EnableStripe, bool DisableCFWorker, bool MapEnabled, bool FaceSearchEnabled, bool PassKeyEnabled, bool RecoveryKeyVerified,
        bool InternalUser, bool BetaUser, bool EnableMobMultiPart, long ServerApiFlag, string CastUrl, string EmbedUrl)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? CustomDomain { get; init; }

        [JsonPropertyName("customDomainCNAME")]
        public required string Cname { get; init; }
    }

    private static async Task<IResult> Handle(Caller caller, AccountQueries accounts, ApiOptions options, CancellationToken cancellation)
    {
        var values = (await accounts.RemoteValuesAsync(caller.UserId, cancellation)).ToDictionary(v => v.Key, v => v.Value);
        bool Is(string key) => values.GetValueOrDefault(key) == "true";
        var isInternal = Is("internalUser");
        var flags = UploadV2 | Social | BackupOptions
            | (isInternal || StreamsVideo(caller.UserId) ? VideoStreaming : 0)
            | (isInternal ? SeveralCastSessions : 0);
        return Answers.Ok(new Response(
            EnableStripe: true, DisableCFWorker: false, Is("mapEnabled"), Is("faceSearchEnabled"), Is("passKeyEnabled"),
            Is("recoveryKeyVerified"), isInternal, Is("betaUser"), EnableMobMultiPart: true, flags, options.Apps.Cast, options.Apps.EmbedAlbums)
        {
            CustomDomain = values.GetValueOrDefault(RemoteValue.CustomDomain) is { Length: > 0 } domain ? domain : null,
            Cname = options.Apps.CustomDomainCname,
        });
    }

    private static bool StreamsVideo(long userId) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}:video-streaming-v1"))) % 100 < 75;
}

/// <summary>GET and POST /user-entity/key: written once, 404 is the clients' signal to make one (api/05 §2.2).</summary>
internal static class EntityKeys
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/user-entity/key", Get).Requires(Requirement.Storage);
        routes.MapPost("/user-entity/key", Set).Requires(Requirement.Storage);
    }

    internal static readonly HashSet<string> Types = ["location", "person", "cgroup", "smart_album", "memory", "contact"];

    private sealed record Response(long UserID, string Type, string EncryptedKey, string Header, long CreatedAt);

    private static async Task<IResult> Get(HttpContext http, Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        var type = Query.Text(http, "type");
        if (type.Length == 0) return Answers.BadRequest;
        return Types.Contains(type) && await accounts.EntityKeyAsync(caller.UserId, type, cancellation) is { } key
            ? Answers.Ok(new Response(caller.UserId, key.Type, key.EncryptedKey, key.Header, key.CreatedAt))
            : Answers.NotFound;
    }

    private sealed record Request(string? Type, string? EncryptedKey, string? Header);

    private static async Task<IResult> Set(
        Body<Request> body, Caller caller, ClientInfo client, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Type, r.EncryptedKey, r.Header)) return Answers.BadRequest;
        if (!Types.Contains(r.Type!)) return Answers.Bad("unknown entity type");
        var reply = await grains.SendAsync(
            new SetEntityKey(caller.UserId, r.Type!, r.EncryptedKey!, r.Header!), client.RequestId, cancellation);
        return reply.IsRefused ? Answers.Coded(StatusCodes.Status409Conflict, "ALREADY_EXISTS") : Answers.Empty;
    }
}

/// <summary>GET /user-entity/entity/diff: data and header are null in tombstones, and present (api/05 §2.2).</summary>
internal static class EntityDiff
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/user-entity/entity/diff", Handle).Requires(Requirement.Storage);

    private sealed record Response(IReadOnlyList<EntityBody> Diff);

    private static async Task<IResult> Handle(HttpContext http, Caller caller, AccountQueries accounts, CancellationToken cancellation)
    {
        var type = Query.Text(http, "type");
        if (type.Length == 0) return Answers.BadRequest;
        if (EntityPage.Of(http, out var page) is { } refusal) return refusal;
        var rows = EntityKeys.Types.Contains(type)
            ? await accounts.EntitiesAsync(caller.UserId, type, page.Since, page.Limit, cancellation)
            : [];
        return Answers.Ok(new Response([.. rows.Select(EntityBody.Of)]));
    }
}

/// <summary>An entity on the wire: nothing is omitted.</summary>
internal sealed record EntityBody(
    string Id, long UserID, string Type, string? EncryptedData, string? Header, bool IsDeleted, long CreatedAt, long UpdatedAt)
{
    public static EntityBody Of(UserEntity e) =>
        new(e.Id, e.UserId, e.Type, e.EncryptedData, e.Header, e.IsDeleted, e.CreatedAt, e.UpdatedAt);
}

/// <summary>POST, PUT and DELETE /user-entity/entity (api/05 §2.2).</summary>
internal static class Entities
{
    private const int MaxIdLength = 256;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/user-entity/entity", Create).Requires(Requirement.Storage);
        routes.MapPut("/user-entity/entity", Change).Requires(Requirement.Storage);
        routes.MapDelete("/user-entity/entity", Delete).Requires(Requirement.Storage);
    }

    private sealed record Request(string? Id, string? Type, [property: AtMostBytes(Budget.EntityBytes)] string? EncryptedData, string? Header);

    private static async Task<IResult> Create(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Type, r.EncryptedData, r.Header)) return Answers.BadRequest;
        if (!EntityKeys.Types.Contains(r.Type!)) return Answers.Bad("unknown entity type");
        var id = string.IsNullOrEmpty(r.Id) ? $"{r.Type}_{Crypto.Secrets.RandomAlphanumeric(22)}" : r.Id;
        var isAlbum = r.Type == "smart_album";
        if (id.Length > MaxIdLength || (isAlbum && !id.StartsWith($"sa_{caller.UserId}_", StringComparison.Ordinal)))
            return Answers.Bad("invalid id");
        var reply = await grains.SendAsync(
            new CreateEntity(caller.UserId, id, r.Type!, r.EncryptedData!, r.Header!), client.RequestId, cancellation);
        return await AnswerAsync(reply, id, accounts, cancellation);
    }

    private static async Task<IResult> Change(
        Body<Request> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.Id, r.Type, r.EncryptedData, r.Header)) return Answers.BadRequest;
        if (await accounts.EntityAsync(r.Id!, cancellation) is { Type: Authenticator.Type }) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new ChangeEntity(caller.UserId, r.Id!, r.EncryptedData!, r.Header!), client.RequestId, cancellation);
        return await AnswerAsync(reply, r.Id!, accounts, cancellation);
    }

    private static async Task<IResult> AnswerAsync(Reply<Done> reply, string id, AccountQueries accounts, CancellationToken cancellation) =>
        reply.Refusal is { } no ? Answers.Of(no) : Answers.Ok(EntityBody.Of((await accounts.EntityAsync(id, cancellation))!));

    private static async Task<IResult> Delete(
        HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation) =>
        await accounts.EntityAsync(Query.Text(http, "id"), cancellation) is { Type: Authenticator.Type }
            ? Answers.Empty
            : Answers.EmptyOr(await grains.SendAsync(new DeleteEntity(caller.UserId, Query.Text(http, "id")), client.RequestId, cancellation));
}
