using System.Globalization;
using System.Text;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// A log line as one JSON object: <c>time</c> (UTC), <c>level</c>, <c>msg</c>, <c>source</c>, the message's fields in snake_case, and
/// <c>error</c> with the stack where there is one (the field names of api/07 §6 where it names any).
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    // Relaxed: the lines go to a terminal or a collector, never into HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly HashSet<string> Dropped = ["ConnectionId", "RequestPath"];

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", logEvent.Timestamp.UtcDateTime);
            json.WriteString("level", Word(logEvent.Level));
            json.WriteString("msg", Message(logEvent));
            foreach (var (name, value) in logEvent.Properties)
            {
                if (!Dropped.Contains(name))
                    Write(json, name == "SourceContext" ? "source" : JsonNamingPolicy.SnakeCaseLower.ConvertName(name), value);
            }

            if (logEvent.Exception is not null)
                json.WriteString("error", logEvent.Exception.ToString());
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    // Texts without the quotation marks that the library's own rendering puts around them.
    private static string Message(LogEvent logEvent)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is Serilog.Parsing.PropertyToken property
                && logEvent.Properties.TryGetValue(property.PropertyName, out var value) && value is ScalarValue { Value: string word })
                text.Write(word);
            else
                token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
        }

        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        switch ((value as ScalarValue)?.Value)
        {
            case long or int or short or byte:
                json.WriteNumber(name, Convert.ToInt64(((ScalarValue)value).Value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, Math.Round(number, 3));
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case null when value is ScalarValue:
                json.WriteNull(name);
                break;
            case string text:
                json.WriteString(name, text);
                break;
            default:
                json.WriteString(name, value.ToString("l", CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warning",
        LogEventLevel.Error => "error",
        _ => "fatal",
    };
}
