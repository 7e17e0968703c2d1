using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ente.Orleans.Api.Http;

/// <summary>A list with at most so many entries: reading stops at the first one too many, and the body is refused with 413.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AtMostAttribute(int entries) : JsonConverterAttribute
{
    public override JsonConverter CreateConverter(Type typeToConvert) => BoundedLists.Of(typeToConvert, entries);
}

/// <summary>A text with at most so many bytes of UTF-8, which may be more than others have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AtMostBytesAttribute(int bytes) : JsonConverterAttribute
{
    public override JsonConverter CreateConverter(Type typeToConvert) => new BoundedText(bytes);
}

/// <summary>PostgreSQL holds no NUL character: text with one is refused here, not by the database.</summary>
internal sealed class BoundedText(int most) : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException();
        if ((reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length) > most) throw BadBodyException.TooLarge;
        var text = reader.GetString();
        return text is not null && text.Contains('\0', StringComparison.Ordinal) ? throw new JsonException() : text;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Every list has a bound, also one that nobody thought of.</summary>
internal sealed class BoundedLists : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => Of(typeToConvert, Budget.ListLength);

    public static JsonConverter Of(Type list, int most) =>
        (JsonConverter)Activator.CreateInstance(typeof(BoundedList<>).MakeGenericType(list.GetGenericArguments()[0]), most)!;

    private sealed class BoundedList<T>(int most) : JsonConverter<IReadOnlyList<T>>
    {
        public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
            var list = new List<T>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (list.Count == most) throw BadBodyException.TooLarge;
                list.Add(JsonSerializer.Deserialize<T>(ref reader, options)!);
            }

            return list;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
