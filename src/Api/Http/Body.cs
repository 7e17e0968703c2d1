using System.Buffers;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Http;

/// <summary>
/// A JSON body, whatever its Content-Type says (api/01 §A2): names match in any case, what follows
/// the first value is ignored. Anything malformed is 400 before the handler runs.
/// </summary>
internal readonly record struct Body<T>(T Value)
    where T : class
{
    /// <summary>Larger bodies are refused with 413: no request of any client comes near.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    public static async ValueTask<Body<T>> BindAsync(HttpContext http, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(http);
        return new Body<T>(Parse(await BodyReader.ReadAsync(http)));
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

    public bool IsMalformed { get; } = status == StatusCodes.Status400BadRequest && code is null;

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
        Converters = { new StorableStringConverter() },
    };

    public static async Task<ReadOnlySequence<byte>> ReadAsync(HttpContext http)
    {
        if (http.Request.ContentLength > Body<object>.MaxBytes) throw new BadBodyException(StatusCodes.Status413PayloadTooLarge);
        var reader = http.Request.BodyReader;
        while (true)
        {
            System.IO.Pipelines.ReadResult result;
            try
            {
                result = await reader.ReadAsync(http.RequestAborted);
            }
            catch (BadHttpRequestException)
            {
                throw BadBodyException.Malformed;
            }

            if (result.Buffer.Length > Body<object>.MaxBytes) throw new BadBodyException(StatusCodes.Status413PayloadTooLarge);
            if (result.IsCompleted)
            {
                var copy = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return new ReadOnlySequence<byte>(copy);
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>PostgreSQL holds no NUL character: text with one is refused here, not by the database.</summary>
    private sealed class StorableStringConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String) throw new JsonException();
            var text = reader.GetString();
            return text is not null && text.Contains('\0', StringComparison.Ordinal) ? throw new JsonException() : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
