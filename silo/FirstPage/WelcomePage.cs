using System.Net;
using Ente.Orleans.Api;
using Ente.Orleans.Api.Objects;
using Ente.Orleans.Silo.Serving;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Silo.FirstPage;

/// <summary>
/// GET / for browsers: what this is, whether it is healthy, and how to point Ente's apps at it. Nothing on it comes from elsewhere.
/// To programs, which do not ask for HTML, the path is as unknown as the contract has it (api/01 §A1).
/// </summary>
internal static class WelcomePage
{
    private static readonly string Template = Read();

    public static void Map(IEndpointRouteBuilder routes, bool codesAreLogged) =>
        routes.MapMethods("/", ["GET", "HEAD"], async (HttpContext http, Status status, TrustedProxies proxies, CancellationToken cancellation) =>
        {
            http.Response.Headers.Vary = "Accept";
            if (!http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
                return Results.Text("404 page not found; in a browser this address tells how to use the server", statusCode: StatusCodes.Status404NotFound);
            var report = await status.GetAsync(cancellation);
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Results.Content(Page(ObjectOrigin.From(http.Request, proxies), report, codesAreLogged), "text/html; charset=utf-8");
        }).OpenToEverybody();

    private static string Page(ObjectOrigin origin, Status.Report report, bool codesAreLogged) => Template
        .Replace("{{origin}}", WebUtility.HtmlEncode(origin.Value), StringComparison.Ordinal)
        .Replace("{{overall}}", report.IsReady ? "up" : "down", StringComparison.Ordinal)
        .Replace("{{overall-text}}", report.IsReady ? "Everything works" : "Something is wrong: see the server's log", StringComparison.Ordinal)
        .Replace("{{database}}", report.Database ? "up" : "down", StringComparison.Ordinal)
        .Replace("{{database-text}}", report.Database ? "works" : "does not answer", StringComparison.Ordinal)
        .Replace("{{storage}}", report.Storage ? "up" : "down", StringComparison.Ordinal)
        .Replace("{{storage-text}}", report.Storage ? "works" : "cannot be used", StringComparison.Ordinal)
        .Replace("{{codes}}", codesAreLogged
            ? "No mail server is configured here, so the code appears in the <b>server's log</b>, in the terminal where it runs."
            : "The code comes by <b>e-mail</b>.", StringComparison.Ordinal)
        .Replace("{{version}}", WebUtility.HtmlEncode(Build.Version), StringComparison.Ordinal);

    private static string Read()
    {
        using var stream = typeof(WelcomePage).Assembly.GetManifestResourceStream("first-page.html")
            ?? throw new InvalidOperationException("first-page.html is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
