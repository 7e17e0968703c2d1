using System.Buffers;
using System.Reflection;
using System.Text.Json;

namespace Ente.Orleans.Api.Http;

/// <summary>
/// A JSON body, whatever its Content-Type says (api/01 §A2): names match in any case, what follows
/// the first value is ignored. Anything malformed is 400 before the handler runs.
/// </summary>
internal readonly record struct Body<T>(T Value)
    where T : class
{
    public static async ValueTask<Body<T>> BindAsync(HttpContext http, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(http);
        return new Body<T>(await BodyReader.ReadAsync(http, Parse));
    }

    private static T Parse(ReadOnlySequence<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            return JsonSerializer.Deserialize<T>(ref reader, BodyReader.Options) ?? throw BadBodyException.Malformed;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NotSupportedException)
        {
            // InvalidOperationException: text that is no valid UTF-8 or UTF-16.
            throw BadBodyException.Malformed;
        }
    }
}

/// <summary>A body that can not be taken; the status says why.</summary>
internal sealed class BadBodyException(int status, string? code = null, string message = "") : Exception(message)
{
    public static BadBodyException Malformed => new(StatusCodes.Status400BadRequest);

    public static BadBodyException TooLarge => new(StatusCodes.Status413PayloadTooLarge);

    public bool IsMalformed { get; } = status == StatusCodes.Status400BadRequest && code is null;

    public bool IsTooLarge { get; } = status == StatusCodes.Status413PayloadTooLarge;

    public IResult Answer { get; } = code is null ? Answers.Bare(status) : Answers.Coded(status, code, message);
}

/// <summary>Marks routes whose malformed bodies are refused with a code (api/03 §9).</summary>
internal sealed record CodedBodyErrors;

internal static class BodyReader
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNameCaseInsensitive = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        MaxDepth = 32,
        Converters = { new BoundedText(Budget.TextBytes), new BoundedLists() },
    };

    /// <summary>
    /// Receives the body within its budgets (bytes by route, bytes buffered in the process, time) and reads it where it lies. What is
    /// made of it counts as buffered until the request has ended.
    /// </summary>
    public static async Task<T> ReadAsync<T>(HttpContext http, Func<ReadOnlySequence<byte>, T> parse)
    {
        var budget = http.RequestServices.GetRequiredService<ApiOptions>().Budget;
        var most = budget.BodyOf(http.GetEndpoint());
        if (http.Request.ContentLength > most) throw BadBodyException.TooLarge;
        var share = http.RequestServices.GetRequiredService<BufferedBytes>().Of(http);
        using var time = new BodyTime(budget.TimeFor(most), http.RequestAborted);
        var reader = http.Request.BodyReader;
        while (true)
        {
            var result = await NextAsync(http, reader, time);
            var consumed = result.Buffer.End;
            try
            {
                if (result.Buffer.Length > most) throw BadBodyException.TooLarge;
                share.GrowTo(result.Buffer.Length);
                if (result.IsCompleted) return parse(result.Buffer);
                consumed = result.Buffer.Start;
            }
            finally
            {
                // Also after a refusal: whoever drains the rest finds no reading under way.
                reader.AdvanceTo(consumed, result.Buffer.End);
            }
        }
    }

    private static async ValueTask<System.IO.Pipelines.ReadResult> NextAsync(
        HttpContext http, System.IO.Pipelines.PipeReader reader, BodyTime time)
    {
        try
        {
            return reader.TryRead(out var result) ? result : await reader.ReadAsync(time.Token);
        }
        catch (BadHttpRequestException slow) when (slow.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw new BadBodyException(StatusCodes.Status408RequestTimeout);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            throw new BadBodyException(StatusCodes.Status408RequestTimeout);
        }
        catch (Exception bad) when (bad is BadHttpRequestException or IOException { InnerException: OverflowException })
        {
            // The latter: a chunk that says it is larger than any can be.
            throw BadBodyException.Malformed;
        }
    }

    /// <summary>The time for a body. Most bodies are there with their headers, and need no clock.</summary>
    private sealed class BodyTime(TimeSpan most, CancellationToken aborted) : IDisposable
    {
        private CancellationTokenSource? source;

        public CancellationToken Token
        {
            get
            {
                if (source is null)
                {
                    source = CancellationTokenSource.CreateLinkedTokenSource(aborted);
                    source.CancelAfter(most);
                }

                return source.Token;
            }
        }

        public void Dispose() => source?.Dispose();
    }
}
