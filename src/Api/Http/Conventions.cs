using Ente.Orleans.Api.Objects;
using Ente.Orleans.Crypto;
using Ente.Orleans.Grains;
using Microsoft.Extensions.Primitives;

namespace Ente.Orleans.Api.Http;

/// <summary>
/// What every answer has, also those that never reach an endpoint: request id, CORS, cache rules
/// (api/01 §A3). Without CORS headers on an error a browser hides its status, and clients that
/// choose their way by it are lost.
/// </summary>
internal sealed class Conventions(RequestDelegate next, ApiOptions options, TrustedProxies proxies)
{
    /// <summary>Seconds, where nobody knows better.</summary>
    private const string UsualPatience = "30";

    private const string AllowedHeaders =
        "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, X-Auth-Token, X-Auth-Access-Token, X-Cast-Access-Token, "
        + "X-Auth-Access-Token-JWT, X-Auth-Link-Device-Token, X-Client-Package, X-Client-Version, X-Paste-Consume, Authorization, "
        + "accept, origin, Cache-Control, X-Requested-With, upgrade-insecure-requests, Range";

    private static readonly string[] Redirecting =
    [
        "/files/preview/", "/files/download/", "/public-collection/files/preview/", "/public-collection/files/download/",
        "/public-memory/files/preview/", "/public-memory/files/download/", "/cast/files/preview/", "/cast/files/download/",
    ];

    public Task InvokeAsync(HttpContext http)
    {
        var requestId = RequestId(http.Request.Headers["X-Request-Id"]);
        http.TraceIdentifier = requestId;
        var client = ClientInfo.From(http, proxies, options.TrustedClientIpHeader, requestId);
        http.Features.Set(client);
        http.Features.Set(ClientKey.OfNetwork(client.Network));
        http.Response.OnStarting(SayWhenToComeBack, http);
        var headers = http.Response.Headers;
        headers["X-Request-Id"] = requestId;
        headers.XContentTypeOptions = "nosniff";
        headers.AccessControlAllowOrigin = new StringValues(OriginOf(http));
        headers.AccessControlAllowCredentials = "true";
        headers.AccessControlAllowHeaders = AllowedHeaders;
        headers.AccessControlExposeHeaders = "X-Request-Id, X-Ente-Link-Device-Token";
        headers.AccessControlAllowMethods = "POST, OPTIONS, GET, PUT, PATCH, DELETE";
        headers.AccessControlMaxAge = "1728000";
        if (HttpMethods.IsOptions(http.Request.Method) && !http.Request.Path.StartsWithSegments("/objects")) return Task.CompletedTask;
        if (HttpMethods.IsGet(http.Request.Method) && !Redirects(http.Request.Path)) headers.CacheControl = "no-store";
        return next(http);
    }

    /// <summary>The origin as sent; none for what can not be one, and could not be sent back either.</summary>
    public static string OriginOf(HttpContext http) =>
        http.Request.Headers.Origin.ToString() is var origin && System.Text.Ascii.IsValid(origin) ? origin : "";

    // No refusal for now without the word when to try again, wherever it was made.
    private static Task SayWhenToComeBack(object state)
    {
        var response = ((HttpContext)state).Response;
        if (response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
            && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = UsualPatience;
        }

        return Task.CompletedTask;
    }

    private static bool Redirects(PathString path) =>
        Redirecting.Any(p => path.Value!.StartsWith(p, StringComparison.Ordinal)) || path.StartsWithSegments("/objects");

    private static string RequestId(StringValues sent)
    {
        var id = sent.ToString();
        return id.Length is > 0 and <= 128 && id.All(c => c is > ' ' and < (char)127) ? id : "ser_" + Secrets.RandomAlphanumeric(22);
    }
}

/// <summary>Turns what was thrown into the answer it means; nothing of an exception reaches a client.</summary>
internal sealed class Faults(RequestDelegate next, ILogger<Faults> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (BadBodyException bad) when (!http.Response.HasStarted)
        {
            // What is left of the body is not waited for.
            if (bad.IsTooLarge && HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
            var isCoded = bad.IsMalformed && http.GetEndpoint()?.Metadata.GetMetadata<CodedBodyErrors>() is not null;
            await (isCoded ? Answers.Bad("malformed request") : bad.Answer).ExecuteAsync(http);
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await Answers.Bare(bad.StatusCode).ExecuteAsync(http);
        }
        catch (OverBudgetException over) when (!http.Response.HasStarted)
        {
            log.LogDebug("Over budget: {What}", over.Message);
            http.Response.Headers.RetryAfter = over.RetryAfter.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await (over.Status == StatusCodes.Status429TooManyRequests ? Gate.TooMany : Answers.Bare(over.Status)).ExecuteAsync(http);
        }
        catch (OverloadedException overload) when (!http.Response.HasStarted)
        {
            log.LogWarning("Overloaded: {Reason}", overload.Message);
            await BusyAsync(http);
        }
        catch (Npgsql.PostgresException full) when (full.SqlState == Npgsql.PostgresErrorCodes.DiskFull && !http.Response.HasStarted)
        {
            log.LogError("The disk of the database is full");
            await Answers.Bare(StatusCodes.Status507InsufficientStorage).ExecuteAsync(http);
        }
        catch (Npgsql.NpgsqlException away) when (away.IsTransient && !http.Response.HasStarted)
        {
            log.LogWarning("Database not reachable for {Method} {Path}: {Reason}", http.Request.Method, Route(http), away.Message);
            await BusyAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            log.LogDebug("The client of {Method} {Path} went away", http.Request.Method, Route(http));
        }
        catch (Exception exception)
        {
            log.LogError(exception, "{Method} {Path} failed", http.Request.Method, Route(http));
            if (http.Response.HasStarted) http.Abort();
            else http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private static Task BusyAsync(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "2";
        return Answers.Bare(StatusCodes.Status503ServiceUnavailable).ExecuteAsync(http);
    }

    // The route's pattern: a path may hold tokens.
    private static string? Route(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
}
