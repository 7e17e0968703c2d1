using System.Text.Json;
using System.Text.Json.Serialization;
using Ente.Orleans.Domain;
using Ente.Orleans.Grains;

namespace Ente.Orleans.Api.Http;

/// <summary>The forms of answers (api/01 §A2, §A5): every endpoint makes its answer here.</summary>
internal static class Answers
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = false,
    };

    /// <summary>200 without body and content type.</summary>
    public static readonly IResult Empty = new StatusAnswer(StatusCodes.Status200OK);

    /// <summary>200 <c>{}</c>.</summary>
    public static readonly IResult EmptyObject = new JsonAnswer<object>(StatusCodes.Status200OK, new object());

    public static readonly IResult NoContent = new StatusAnswer(StatusCodes.Status204NoContent);

    public static IResult Ok<T>(T body) => new JsonAnswer<T>(StatusCodes.Status200OK, body);

    public static IResult Created<T>(T body) => new JsonAnswer<T>(StatusCodes.Status201Created, body);

    /// <summary>An uncoded error: the status with <c>{}</c>.</summary>
    public static IResult Bare(int status) => new JsonAnswer<object>(status, new object());

    public static IResult Coded(int status, string code, string message = "") =>
        new JsonAnswer<CodedError>(status, new CodedError(code, message));

    /// <summary><c>{"error": …}</c>, the form of authentication and rate limits.</summary>
    public static IResult Error(int status, string error) => new JsonAnswer<PlainError>(status, new PlainError(error));

    /// <summary>An error of a public link, which says what kind of link it is.</summary>
    public static IResult ErrorInContext(int status, string error, string context) =>
        new JsonAnswer<ContextError>(status, new ContextError(error, context));

    public static readonly IResult BadRequest = Bare(StatusCodes.Status400BadRequest);

    public static readonly IResult NotFound = Bare(StatusCodes.Status404NotFound);

    /// <summary>404 with the code that some areas want (api/05).</summary>
    public static readonly IResult CodedNotFound = Coded(StatusCodes.Status404NotFound, "NOT_FOUND");

    public static readonly IResult Forbidden = Bare(StatusCodes.Status403Forbidden);

    public static readonly IResult Unauthenticated = Bare(StatusCodes.Status401Unauthorized);

    public static IResult Bad(string message) => Coded(StatusCodes.Status400BadRequest, "BAD_REQUEST", message);

    /// <summary>307 to the bytes of an object.</summary>
    public static IResult Redirect(string location) => new RedirectAnswer(location);

    public static IResult Of(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var status = refusal.Reason switch
        {
            Reason.BadRequest => StatusCodes.Status400BadRequest,
            Reason.Unauthenticated => StatusCodes.Status401Unauthorized,
            Reason.PaymentRequired => StatusCodes.Status402PaymentRequired,
            Reason.Forbidden => StatusCodes.Status403Forbidden,
            Reason.NotFound => StatusCodes.Status404NotFound,
            Reason.NotAllowed => StatusCodes.Status405MethodNotAllowed,
            Reason.NotAcceptable => StatusCodes.Status406NotAcceptable,
            Reason.Conflict => StatusCodes.Status409Conflict,
            Reason.Gone => StatusCodes.Status410Gone,
            Reason.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
            Reason.TooLarge => StatusCodes.Status413PayloadTooLarge,
            Reason.StorageExceeded => StatusCodes.Status426UpgradeRequired,
            Reason.TooManyRequests => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        return refusal.Code is { } code ? Coded(status, code, refusal.Message) : Bare(status);
    }

    /// <summary>An empty 200, or the refusal.</summary>
    public static IResult EmptyOr<T>(Reply<T> reply) => reply.Refusal is { } refusal ? Of(refusal) : Empty;

    /// <summary>200 <c>{}</c>, or the refusal.</summary>
    public static IResult EmptyObjectOr(Reply<Done> reply) => reply.Refusal is { } refusal ? Of(refusal) : EmptyObject;

    public static IResult OkOr<T>(Reply<T> reply, Func<T, object> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return reply.Refusal is { } refusal ? Of(refusal) : Ok(body(reply.Value!));
    }

    private sealed record CodedError(string Code, string Message);

    private sealed record PlainError(string Error);

    private sealed record ContextError(string Error, string Context);
}

internal sealed class StatusAnswer(int status) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}

internal sealed class RedirectAnswer(string location) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        httpContext.Response.Headers.Location = location;
        return Task.CompletedTask;
    }
}

internal sealed class JsonAnswer<T>(int status, T body) : IResult
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Larger answers count as buffered until their client has taken them.</summary>
    private const int SmallBytes = 16 * 1024;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = ContentType;
        var writer = httpContext.Response.BodyWriter;
        using (var json = new Utf8JsonWriter(writer, new JsonWriterOptions { Encoder = Answers.Json.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(json, body, body?.GetType() ?? typeof(T), Answers.Json);
            var size = json.BytesCommitted + json.BytesPending;
            if (size > SmallBytes)
                httpContext.RequestServices.GetRequiredService<BufferedBytes>().Of(httpContext).Hold(size);
        }

        return writer.FlushAsync(httpContext.RequestAborted).AsTask();
    }
}
