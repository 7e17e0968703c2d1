using System.Globalization;

namespace Ente.Orleans.Api.Http;

/// <summary>Query parameters as the reference reads them: a wrong number is the default where the contract says so.</summary>
internal static class Query
{
    /// <exception cref="BadBodyException">Text with a NUL character, which PostgreSQL can not hold.</exception>
    public static string Text(HttpContext http, string name)
    {
        var text = http.Request.Query[name].FirstOrDefault() ?? "";
        return text.Contains('\0', StringComparison.Ordinal) ? throw BadBodyException.Malformed : text;
    }

    /// <summary>The number, null when absent or no number.</summary>
    public static long? Number(HttpContext http, string name) => ParseNumber(Text(http, name));

    public static long NumberOrZero(HttpContext http, string name) => Number(http, name) ?? 0;

    public static long? ParseNumber(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Spellings of booleans that clients send; null for anything else.</summary>
    public static bool? Flag(HttpContext http, string name) => Text(http, name) switch
    {
        "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>A number in the path; 400 when it is none.</summary>
    public static long PathNumber(HttpContext http, string name) =>
        ParseNumber(http.Request.RouteValues[name] as string) ?? throw BadBodyException.Malformed;

    /// <summary>A number of which an empty value is as good as none; 400 when it is neither.</summary>
    public static long? OptionalNumber(HttpContext http, string name) =>
        Text(http, name) is { Length: > 0 } text ? ParseNumber(text) ?? throw BadBodyException.Malformed : null;

    /// <summary>A UUID in any of its spellings (api/01 §A2), lower-case and hyphenated.</summary>
    public static string? Uuid(string? text)
    {
        if (text is null) return null;
        var bare = text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? text[9..] : text;
        var known = bare.Length is 36 or 32 || (bare.Length == 38 && bare[0] == '{');
        return known && Guid.TryParse(bare, out var id) && id != Guid.Empty ? id.ToString("D") : null;
    }
}
