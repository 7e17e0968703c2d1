using System.Text.Json.Serialization;

namespace Ente.Orleans.Domain;

/// <summary>
/// Mutable metadata, encrypted by clients (api/08 §6). <paramref name="Version"/> counts changes,
/// <paramref name="Count"/> the keys of the plain object.
/// </summary>
public sealed record MagicMetadata(
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("data")] string Data,
    [property: JsonPropertyName("header")] string Header)
{
    public MagicMetadata Next() => this with { Version = Version + 1 };
}
