using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ente.Orleans.Client.Wire;

/// <summary>How JSON looks on the wire (01 §A2): camelCase with capital acronyms, absent instead of null, any extra key ignored.</summary>
public static class Json
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        PropertyNameCaseInsensitive = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
