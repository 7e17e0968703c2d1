using System.Text.Json;
using Ente.Orleans.Api.Collections;
using Ente.Orleans.Api.Files;
using Ente.Orleans.Domain.Collections;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Api.Trash;

/// <summary>GET /trash/diff and /trash/v2/diff, POST /trash/delete and /trash/empty (api/03 §10).</summary>
internal static class TrashEndpoints
{
    private const int MaxDeletes = FileLists.MostDeleted;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/trash/diff", Diff).Requires(Requirement.Storage);
        routes.MapGet("/trash/v2/diff", Diff).Requires(Requirement.Storage);
        routes.MapPost("/trash/delete", Delete).Requires(Requirement.Storage);
        routes.MapPost("/trash/empty", Empty).Requires(Requirement.Storage);
    }

    private static async Task Diff(
        HttpContext http, Caller caller, FileQueries files, Horizon horizon, ApiOptions options, CancellationToken cancellation)
    {
        var since = Query.NumberOrZero(http, "sinceTime");
        var safe = await horizon.WaitAsync(ListCollections.Patience, cancellation);
        var page = await files.TrashPageAsync(caller.UserId, caller.App, since, safe.TimeMicros, cancellation);
        var pieces = files.TrashAsync(caller.UserId, caller.App, page, options.Budget.Piece, cancellation);
        await FileJson.WriteDiffAsync(http, pieces, page.HasMore, Write, cancellation);
    }

    private static void Write(Utf8JsonWriter json, TrashView t)
    {
        json.WriteStartObject();
        json.WritePropertyName("file"u8);
        FileJson.Write(json, t.File, withPrivate: true, isDeleted: false);
        json.WriteBoolean("isDeleted"u8, t.IsDeleted);
        json.WriteBoolean("isRestored"u8, t.IsRestored);
        json.WriteNumber("deleteBy"u8, t.DeleteBy);
        json.WriteNumber("createdAt"u8, t.CreatedAt);
        json.WriteNumber("updatedAt"u8, t.UpdatedAt);
        json.WriteEndObject();
    }

    private sealed record DeleteRequest([property: AtMost(FileLists.MostDeleted)] IReadOnlyList<long>? FileIDs);

    private static async Task<IResult> Delete(
        Body<DeleteRequest> body, Caller caller, ClientInfo client, DeletionForGood deletion, CancellationToken cancellation)
    {
        if (body.Value.FileIDs is not { } ids) return Answers.BadRequest;
        if (ids.Count > MaxDeletes) return Answers.Of(Refusal.TooLarge);
        return Answers.EmptyOr(await deletion.OfAsync(caller.UserId, ids, client.RequestId, cancellation));
    }

    private sealed record EmptyRequest(long? LastUpdatedAt);

    private static async Task<IResult> Empty(
        Body<EmptyRequest> body, Caller caller, ClientInfo client, FileQueries files, DeletionForGood deletion, CancellationToken cancellation)
    {
        if (!Required.All(body.Value.LastUpdatedAt)) return Answers.BadRequest;
        while (await files.InTrashUntilAsync(caller.UserId, caller.App, body.Value.LastUpdatedAt!.Value, 1000, cancellation) is { Count: > 0 } ids)
        {
            var reply = await deletion.OfAsync(caller.UserId, ids, client.RequestId, cancellation);
            if (reply.Refusal is { } no) return Answers.Of(no);
        }

        return Answers.Empty;
    }
}
