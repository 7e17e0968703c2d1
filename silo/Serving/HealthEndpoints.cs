using Ente.Orleans.Api;

namespace Ente.Orleans.Silo.Serving;

/// <summary>For those who run and balance servers: alive (the process answers) and ready (database and storage can be used).</summary>
internal static class HealthEndpoints
{
    private static readonly string[] Methods = ["GET", "HEAD"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/healthz", Methods, () => Results.Text("ok\n")).OpenToEverybody();
        routes.MapMethods("/readyz", Methods, Ready).OpenToEverybody();
    }

    private static async Task<IResult> Ready(Status status, Warmth warmth, CancellationToken cancellation)
    {
        // Ready is who answers the first request as quickly as any.
        if (!warmth.IsWarm)
            return Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        var report = await status.GetAsync(cancellation);
        return Results.Text(
            $"database {Word(report.Database)}\nstorage {Word(report.Storage)}\n",
            statusCode: report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static string Word(bool isUp) => isUp ? "ok" : "down";
}
