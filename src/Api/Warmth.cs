using System.Text;
using Ente.Orleans.Api.Objects;
using Microsoft.AspNetCore.Http.Features;

namespace Ente.Orleans.Api;

/// <summary>
/// The first request to come would pay for all that is done once: code that is compiled, connections that are opened, statements that
/// are planned. So a few that change nothing are made before the server calls itself ready.
/// </summary>
public sealed class Warmth(ILogger<Warmth> log)
{
    private const string Nobody = "nobody@warm.invalid";

    private static readonly (string Method, string Path, string Query, string Body)[] Requests =
    [
        ("GET", "/ping", "", ""),
        ("POST", "/users/ott", "", $$"""{"email":"{{Nobody}}","purpose":"login"}"""),
        ("POST", "/users/verify-email", "", $$"""{"email":"{{Nobody}}","ott":"-"}"""),
        ("GET", "/users/srp/attributes", $"?email={Nobody}", ""),
        ("GET", "/collections/v2", "?sinceTime=0", ""),
        ("GET", "/collections/v2/diff", "?collectionID=0&sinceTime=0", ""),
        ("POST", "/collections/rename", "", """{"collectionID":1,"encryptedName":"-","nameDecryptionNonce":"-"}"""),
    ];

    private volatile bool isWarm;

    /// <summary>Whether the next request will be as quick as any.</summary>
    public bool IsWarm => isWarm;

    /// <summary>Makes the requests, past limits and log. One that fails says why, and is no reason not to serve.</summary>
    public async Task WarmAsync(WebApplication app, CancellationToken cancellation)
    {
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>().ToList();
        foreach (var (method, path, query, body) in Requests)
        {
            var endpoint = endpoints.First(e => e.RoutePattern.RawText == path
                && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(method) == true);
            try
            {
                await RequestAsync(app.Services, endpoint, method, query, body, cancellation);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                // Asked to end before it was ready.
                return;
            }
            catch (Exception e)
            {
                log.LogWarning("{Method} {Path} was not made ready for: {Reason}", method, path, e.Message);
            }
        }

        isWarm = true;
    }

    private static async Task RequestAsync(
        IServiceProvider services, RouteEndpoint endpoint, string method, string query, string body, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var ended = new Ended();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancellation };
        http.Features.Set<IHttpResponseFeature>(ended);
        http.Request.Method = method;
        http.Request.QueryString = new QueryString(query);
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        http.Features.Set(ClientInfo.From(http, TrustedProxies.LocalOnly, "", "warm"));
        http.Features.Set(new Caller(0, Apps.Photos, ""));
        http.SetEndpoint(endpoint);
        try
        {
            await endpoint.RequestDelegate!(http);
        }
        finally
        {
            await ended.CompleteAsync();
        }
    }

    /// <summary>Runs what is to run at the end of a request: there is no server here that would.</summary>
    private sealed class Ended : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> callbacks = [];

        public override void OnCompleted(Func<object, Task> callback, object state) => callbacks.Push((callback, state));

        public async Task CompleteAsync()
        {
            while (callbacks.TryPop(out var ended)) await ended.Callback(ended.State);
        }
    }
}
