namespace Ente.Orleans.Api.UserData;

/// <summary>
/// The authenticator app's key and entries (api/05 §3): entities of a type of their own, which the
/// routes of user entities do not know.
/// </summary>
internal static class Authenticator
{
    public const string Type = "authenticator";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/authenticator/key", GetKey).Requires(Requirement.User);
        routes.MapPost("/authenticator/key", CreateKey).Requires(Requirement.User);
        routes.MapPost("/authenticator/entity", Create).Requires(Requirement.User);
        routes.MapPut("/authenticator/entity", Change).Requires(Requirement.User);
        routes.MapDelete("/authenticator/entity", Delete).Requires(Requirement.User);
        routes.MapGet("/authenticator/entity/diff", Diff).Requires(Requirement.User);
    }

    private sealed record KeyResponse(long UserID, string EncryptedKey, string Header, long CreatedAt);

    private sealed record Entity(
        string Id, long UserID, string? EncryptedData, string? Header, bool IsDeleted, long CreatedAt, long UpdatedAt)
    {
        public static Entity Of(UserEntity e) => new(e.Id, e.UserId, e.EncryptedData, e.Header, e.IsDeleted, e.CreatedAt, e.UpdatedAt);
    }

    private sealed record DiffResponse(IReadOnlyList<Entity> Diff, long Timestamp);

    private sealed record KeyRequest(string? EncryptedKey, string? Header);

    private sealed record EntityRequest(string? Id, string? EncryptedData, string? Header);

    private static IResult NoKey => Answers.Coded(StatusCodes.Status400BadRequest, "AUTH_KEY_NOT_CREATED");

    // 404 is the clients' signal to make a key.
    private static async Task<IResult> GetKey(Caller caller, AccountQueries accounts, CancellationToken cancellation) =>
        await accounts.EntityKeyAsync(caller.UserId, Type, cancellation) is { } key
            ? Answers.Ok(new KeyResponse(caller.UserId, key.EncryptedKey, key.Header, key.CreatedAt))
            : Answers.CodedNotFound;

    private static async Task<IResult> CreateKey(
        Body<KeyRequest> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.EncryptedKey, r.Header)) return Answers.BadRequest;
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { KeyAttributes: not null }) return Answers.NotFound;
        var reply = await grains.SendAsync(
            new SetEntityKey(caller.UserId, Type, r.EncryptedKey!, r.Header!, OnlyOnce: true), client.RequestId, cancellation);
        return reply.IsRefused ? Answers.Coded(StatusCodes.Status409Conflict, "CONFLICT") : Answers.Empty;
    }

    private static async Task<IResult> Create(
        Body<EntityRequest> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (!Required.All(r.EncryptedData, r.Header)) return Answers.BadRequest;
        if (await accounts.EntityKeyAsync(caller.UserId, Type, cancellation) is null) return NoKey;
        var id = Guid.NewGuid().ToString("D");
        var reply = await grains.SendAsync(
            new CreateEntity(caller.UserId, id, Type, r.EncryptedData!, r.Header!), client.RequestId, cancellation);
        return reply.Refusal is { } no ? Answers.Of(no) : Answers.Ok(Entity.Of((await accounts.EntityAsync(id, cancellation))!));
    }

    private static async Task<IResult> Change(
        Body<EntityRequest> body, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        var r = body.Value;
        if (Query.Uuid(r.Id) is not { } id || !Required.All(r.EncryptedData, r.Header)) return Answers.BadRequest;
        if (await accounts.EntityKeyAsync(caller.UserId, Type, cancellation) is null) return NoKey;
        if (await accounts.EntityAsync(id, cancellation) is not { Type: Type }) return Answers.CodedNotFound;
        var reply = await grains.SendAsync(
            new ChangeEntity(caller.UserId, id, r.EncryptedData!, r.Header!), client.RequestId, cancellation);
        return reply.Refusal?.Reason == Reason.NotFound ? Answers.CodedNotFound : Answers.EmptyOr(reply);
    }

    private static async Task<IResult> Delete(
        HttpContext http, Caller caller, ClientInfo client, AccountQueries accounts, IGrainHost grains, CancellationToken cancellation)
    {
        if (Query.Uuid(Query.Text(http, "id")) is not { } id) return Answers.BadRequest;
        if (await accounts.EntityAsync(id, cancellation) is not { Type: Type }) return Answers.Empty;
        return Answers.EmptyOr(await grains.SendAsync(new DeleteEntity(caller.UserId, id), client.RequestId, cancellation));
    }

    private static async Task<IResult> Diff(
        HttpContext http, Caller caller, AccountQueries accounts, Clock clock, CancellationToken cancellation)
    {
        if (EntityPage.Of(http, out var page) is { } refusal) return refusal;
        var rows = await accounts.EntitiesAsync(caller.UserId, Type, page.Since, page.Limit, cancellation);

        // Clients set the clock of their codes by the time stamp.
        return Answers.Ok(new DiffResponse([.. rows.Select(Entity.Of)], clock.Now));
    }
}

/// <summary>Which page of a diff of entities is asked for (api/05 §1).</summary>
internal readonly record struct EntityPage(long Since, int Limit)
{
    private const int MaxLimit = 5000;

    public static IResult? Of(HttpContext http, out EntityPage page)
    {
        page = default;
        if (Query.Number(http, "sinceTime") is not { } since || Query.Number(http, "limit") is not { } limit) return Answers.BadRequest;
        if (limit is 0 or > short.MaxValue) return Answers.BadRequest;
        if (limit is < 0 or > MaxLimit) return Answers.Bad("limit must be from 1 to 5000");
        page = new EntityPage(since, (int)limit);
        return null;
    }
}
