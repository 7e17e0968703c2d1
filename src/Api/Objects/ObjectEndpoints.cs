using System.Net;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Ente.Orleans.Api.Objects;

/// <summary>
/// The embedded store on the API's own origin: <c>/objects/{key}</c> with a capability URL (contract 03 §4, 09 §1.5). It answers
/// as an S3 server would, errors in XML included, because that is what clients look for.
/// </summary>
public static class ObjectEndpoints
{
    /// <summary>
    /// Maps all methods under <c>/objects/</c>. Needs <see cref="EmbeddedStore"/>, <see cref="CapabilityUrls"/> and
    /// <see cref="IUploadGate"/> among the services.
    /// </summary>
    public static IEndpointConventionBuilder MapObjects(this IEndpointRouteBuilder endpoints) =>
        endpoints.Map(
            CapabilityUrls.PathPrefix + "{**key}",
            (HttpContext context, EmbeddedStore store, CapabilityUrls urls, IUploadGate gate, ILogger<EmbeddedStore> log) =>
                AnswerAsync(context, store, urls, gate, log));

    private static async Task AnswerAsync(
        HttpContext context, EmbeddedStore store, CapabilityUrls urls, IUploadGate gate, ILogger log)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        ObjectCors.Allow(context);
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            ObjectCors.AnswerPreflight(context);
            return;
        }

        AcceptLargeAndSlowBodies(context);
        var key = context.Request.RouteValues["key"] as string ?? "";
        try
        {
            switch (urls.Verify(context.Request.Method, key, context.Request.QueryString.Value, out var capability))
            {
                case CapabilityVerdict.Allowed:
                    await ServeAsync(context, store, gate, capability!);
                    break;
                case CapabilityVerdict.Expired:
                    await S3Error.WriteAsync(context, HttpStatusCode.Forbidden, "AccessDenied", "Request has expired.");
                    break;
                default:
                    await S3Error.WriteAsync(
                        context, HttpStatusCode.Forbidden, "SignatureDoesNotMatch", "The URL was not made for this request.");
                    break;
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer, and nothing of its body was kept.
        }
        catch (ConnectionResetException)
        {
            // The same, noticed by the body's reader first.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            if (!await S3Error.TryWriteAsync(context, exception))
            {
                log.LogError(exception, "{Method} of object {Key} failed", context.Request.Method, key);
                await S3Error.WriteAsync(context, HttpStatusCode.InternalServerError, "InternalError", "The request failed.");
            }
        }
        catch (Exception exception)
        {
            // Too late for a status: a body cut short is the only way left to tell the client.
            log.LogError(exception, "Sending object {Key} failed", key);
            context.Abort();
        }
    }

    private static Task ServeAsync(HttpContext context, EmbeddedStore store, IUploadGate gate, Capability capability) =>
        capability switch
        {
            { Method: "GET" or "HEAD" } => GetObject.AnswerAsync(context, store, capability),
            { Method: "PUT" } => PutObject.AnswerAsync(context, store, gate, capability),
            { Method: "POST", UploadId: { } uploadId } => CompleteUpload.AnswerAsync(context, store, gate, capability.Key, uploadId),
            _ => throw new InvalidOperationException("A URL was signed for a method that is not served."),
        };

    private static void AcceptLargeAndSlowBodies(HttpContext context)
    {
        var budget = context.RequestServices.GetService<Budget>() ?? new Budget();
        // Length is checked against the capability instead.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        // HTTP/2 shares a connection between requests: there the rate of a single one can only be switched off.
        var rate = HttpProtocol.IsHttp11(context.Request.Protocol) ? new MinDataRate(budget.SlowestObject, budget.ObjectGrace) : null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
            request.MinDataRate = rate;
        if (rate is not null && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
            response.MinDataRate = rate;
    }
}
