namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/event: taken and forgotten (api/01 §E).</summary>
internal static class UserEvent
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/users/event", Handle).Requires(Requirement.User);

    private sealed record Request(string? Event);

    private static IResult Handle(Body<Request> body) => Answers.Empty;
}
