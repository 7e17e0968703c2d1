using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ente.Orleans.Api.Objects;

/// <summary>
/// CORS of the objects (contract 09 §1.5). Every answer carries it, errors too: a browser hides an answer without it, and clients
/// then take a refusal for a broken network. Permission is in the URL, so every origin is welcome, also <c>null</c>, which browsers
/// state after the download redirect.
/// </summary>
internal static class ObjectCors
{
    public static void Allow(HttpContext context)
    {
        var headers = context.Response.Headers;
        var origin = Conventions.OriginOf(context);
        headers.AccessControlAllowOrigin = origin.Length > 0 ? origin : "*";
        headers.AccessControlExposeHeaders = "ETag, Content-Length, Content-Range, Accept-Ranges";
        headers.Append(HeaderNames.Vary, HeaderNames.Origin);
    }

    public static void AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, HEAD, PUT, POST";
        // A list, not "*": browsers leave some names out of the wildcard.
        var asked = context.Request.Headers.AccessControlRequestHeaders.ToString();
        if (asked.Length > 0 && System.Text.Ascii.IsValid(asked)) headers.AccessControlAllowHeaders = asked;
        headers.AccessControlMaxAge = "86400";
        headers.Append(HeaderNames.Vary, HeaderNames.AccessControlRequestHeaders);
        context.Response.StatusCode = StatusCodes.Status200OK;
    }
}
