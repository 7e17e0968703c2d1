using System.Diagnostics;
using Ente.Orleans.Api;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// One line and one span for each request. They name the route's pattern: paths and queries carry tokens and capabilities, and
/// are never written.
/// </summary>
internal sealed class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    private const int ClientClosedRequest = 499;
    private static readonly ActivitySource Source = new("Ente.Orleans.Http");

    /// <summary>Asked for every few seconds by those who watch the server.</summary>
    private static readonly HashSet<string> Watching = ["/ping", "/fire/db-m-ping", "/healthz", "/readyz"];

    public async Task InvokeAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = Source.StartActivity("HTTP", ActivityKind.Server, http.Request.Headers.TraceParent.ToString());
        try
        {
            await next(http);
        }
        finally
        {
            Write(http, Stopwatch.GetElapsedTime(started), activity);
        }
    }

    private void Write(HttpContext http, TimeSpan took, Activity? activity)
    {
        var status = http.RequestAborted.IsCancellationRequested ? ClientClosedRequest : http.Response.StatusCode;
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
        var level = status is >= 500 and not StatusCodes.Status503ServiceUnavailable ? LogLevel.Warning
            : HttpMethods.IsOptions(http.Request.Method) || Watching.Contains(route) ? LogLevel.Debug
            : LogLevel.Information;
        // A method is any word that a client likes.
        var method = http.Request.Method.Length <= 16 ? http.Request.Method : "(long)";
        var user = EnteApi.UserOf(http);
        if (user is null)
            log.Log(level, "{Method} {Route} {Status} in {Milliseconds:0.0} ms, request {RequestId}",
                method, route, status, took.TotalMilliseconds, http.TraceIdentifier);
        else
            log.Log(level, "{Method} {Route} {Status} in {Milliseconds:0.0} ms, user {UserId}, request {RequestId}",
                method, route, status, took.TotalMilliseconds, user, http.TraceIdentifier);
        if (activity is null)
            return;
        activity.DisplayName = $"{method} {route}";
        activity.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("http.response.status_code", status);
        if (status >= 500)
            activity.SetStatus(ActivityStatusCode.Error);
    }
}
