namespace Ente.Orleans.Api.Files;

/// <summary>POST /files (api/03 §7.1); with an id it is an update.</summary>
internal static class CreateFileEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/files", Handle).Requires(Requirement.Storage);

    private static Task<IResult> Handle(
        Body<FileRequest> body, Caller caller, ClientInfo client, FileCreation creation, StoredSizes sizes, IGrainHost grains, Clock clock,
        CancellationToken cancellation) =>
        body.Value.Id is { } id && id != 0
            ? UpdateFileEndpoint.UpdateAsync(body.Value, caller, client, sizes, grains, clock, cancellation)
            : creation.CreateAsync(body.Value, caller.UserId, caller.App, client, cancellation);
}
