using Ente.Orleans.Domain.Families;

namespace Ente.Orleans.Api.Family;

/// <summary>POST /family/create (api/06 §1.2).</summary>
internal static class CreateFamilyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/family/create", Handle).Requires(Requirement.FamiliesJwt);

    private static async Task<IResult> Handle(
        Caller caller, ClientInfo client, IGrainHost grains, Clock clock, CancellationToken cancellation) =>
        Answers.EmptyOr(await grains.SendAsync(
            new CreateFamily(caller.UserId, Guid.NewGuid().ToString("D"), clock.Now), client.RequestId, cancellation));
}
