using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Ente.Orleans.Acceptance.Tests.Silos;

/// <summary>Everything that went over the wire, or stands behind it, and that a log must not show.</summary>
internal sealed class SeenSecrets
{
    /// <summary>Shorter words of the protocol (roles, types) occur in a log by themselves.</summary>
    private const int ShortestText = 12;

    /// <summary>Names whose values are no secret: ids of objects and requests, and codes of errors.</summary>
    private static readonly HashSet<string> Harmless = new(["objectKey", "code", "message", "id", "clientPackage"], StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, string> _seen = new(StringComparer.Ordinal);

    public int Count => _seen.Count;

    public void Add(string what, string value)
    {
        if (value.Length > 0)
            _seen.TryAdd(value, what);
    }

    public void Add(string what, ReadOnlySpan<byte> key)
    {
        Add(what, Convert.ToBase64String(key));
        Add(what, Convert.ToHexStringLower(key));
    }

    /// <summary>Every text in a JSON body.</summary>
    public void AddBody(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            AddTexts("body", document.RootElement);
        }
        catch (JsonException)
        {
            Add("body", json);
        }
    }

    /// <summary>What of it the lines show, as <c>what: line</c>, with the secret itself taken out.</summary>
    public IReadOnlyList<string> FoundIn(IReadOnlyList<string> lines)
    {
        // Thousands of texts in thousands of lines: looked for together, not one after the other.
        var any = SearchValues.Create([.. _seen.Keys], StringComparison.Ordinal);
        return
        [
            .. from line in lines
               where line.AsSpan().ContainsAny(any)
               from secret in _seen
               where line.Contains(secret.Key, StringComparison.Ordinal)
               select $"{secret.Value}: {line.Replace(secret.Key, "***", StringComparison.Ordinal)}",
        ];
    }

    private void AddTexts(string name, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                    AddTexts(property.Name, property.Value);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    AddTexts(name, item);
                break;
            case JsonValueKind.String when !Harmless.Contains(name):
                AddText(name, element.GetString()!);
                break;
        }
    }

    private void AddText(string name, string text)
    {
        // Of an address only what it carries: its path is a route.
        var value = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address!.Query.TrimStart('?') : text;
        if (value.Length >= ShortestText)
            Add(name, value);
    }
}
