using System.Net;
using System.Security;
using Ente.Orleans.Storage;
using Microsoft.AspNetCore.Http;

namespace Ente.Orleans.Api.Objects;

/// <summary>Errors in S3's XML. Mobile clients search a 400 for <c>BadDigest</c> and <c>InvalidDigest</c> (contract 03 §4.4).</summary>
internal static class S3Error
{
    /// <summary>The answer to a failure that clients know; false for all others.</summary>
    public static async Task<bool> TryWriteAsync(HttpContext context, Exception exception)
    {
        (HttpStatusCode Status, string Code, string Message)? answer = exception switch
        {
            ObjectNotFoundException => (HttpStatusCode.NotFound, "NoSuchKey", "The object does not exist."),
            UploadNotFoundException => (HttpStatusCode.NotFound, "NoSuchUpload", "The upload is unknown, finished or aborted."),
            InvalidPartException invalid => (HttpStatusCode.BadRequest, "InvalidPart", invalid.Message),
            WriteRefusedException => (HttpStatusCode.Forbidden, "AccessDenied", "The object may not be written any more."),
            StorageFullException => (HttpStatusCode.InsufficientStorage, "InsufficientStorage", "There is no room left."),
            ContentMismatchException mismatch =>
                (HttpStatusCode.BadRequest, mismatch.Kind.ToString(), "The body is not what was announced."),
            // Kestrel's own: a body that came too slowly, or is malformed.
            BadHttpRequestException bad => ((HttpStatusCode)bad.StatusCode, "RequestTimeout", "The body could not be read."),
            // A chunk that says it is larger than any can be.
            IOException { InnerException: OverflowException } => (HttpStatusCode.BadRequest, "IncompleteBody", "The body could not be read."),
            // The gate asks the database, which is away: the upload goes on when it is back.
            Npgsql.NpgsqlException { IsTransient: true } => (HttpStatusCode.ServiceUnavailable, "ServiceUnavailable", "Try again."),
            _ => null,
        };
        if (answer is not { } known)
            return false;
        await WriteAsync(context, known.Status, known.Code, known.Message);
        return true;
    }

    public static async Task WriteAsync(HttpContext context, HttpStatusCode status, string code, string message)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/xml";
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + $"<Error><Code>{code}</Code><Message>{SecurityElement.Escape(message)}</Message></Error>";
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
