using System.Globalization;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>
/// What is configured, by the reference server's rules (api/07 §1): files merged key by key, keys without regard to case, and
/// environment variables above them. A value that cannot be read is a <see cref="StartupException"/> that names its key.
/// </summary>
public sealed class Settings
{
    /// <summary>What every variable's name begins with.</summary>
    public const string EnvironmentPrefix = "ENTE_";

    private readonly IReadOnlyDictionary<string, YamlValue> _files;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="layers">The files' values, later ones above earlier ones.</param>
    /// <param name="environment">Variables by name; those that are empty count as unset.</param>
    public Settings(IEnumerable<IReadOnlyDictionary<string, YamlValue>> layers, IReadOnlyDictionary<string, string> environment)
    {
        var merged = new Dictionary<string, YamlValue>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in layers.SelectMany(layer => layer))
            merged[key] = value;
        _files = merged;
        _environment = environment.Where(v => v.Value.Length > 0).ToDictionary();
    }

    /// <summary>Keys of the files that nobody has asked for so far: misspelt ones, and those that this server has no use for.</summary>
    public IReadOnlyList<string> Unread => [.. _files.Keys.Where(key => !_known.Contains(key)).Order(StringComparer.Ordinal)];

    /// <summary>The environment variable of a key (api/07 §1.2).</summary>
    public static string VariableOf(string key) => EnvironmentPrefix + key.ToUpperInvariant().Replace('.', '_').Replace('-', '_');

    /// <summary>Whether anything is set below a key, in a file or in the environment.</summary>
    public bool HasSection(string section) =>
        _files.Keys.Any(key => key.StartsWith(section + ".", StringComparison.OrdinalIgnoreCase))
        || _environment.Keys.Any(name => name.StartsWith(VariableOf(section) + "_", StringComparison.Ordinal));

    /// <summary>Null when the key is not set; an explicit <c>""</c> is the empty text.</summary>
    public string? Text(string key) => Find(key)?.Text;

    public string Text(string key, string otherwise) => Text(key) ?? otherwise;

    public int Int(string key, int otherwise, int min = int.MinValue, int max = int.MaxValue) => (int)(Long(key, min, max) ?? otherwise);

    /// <summary>Null when the key is not set or empty.</summary>
    public long? Long(string key, long min = long.MinValue, long max = long.MaxValue)
    {
        if (Find(key) is not { Text.Length: > 0 } found)
            return null;
        if (!long.TryParse(found.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw found.Bad("is not a whole number");
        if (number < min || number > max)
            throw found.Bad(max is int.MaxValue or long.MaxValue ? $"is less than {min}" : $"is not between {min} and {max}");
        return number;
    }

    /// <summary>Bytes, as a number or with a unit: <c>500 GB</c>, <c>10 GiB</c>, <c>2TiB</c>.</summary>
    public long? Bytes(string key)
    {
        if (Find(key) is not { Text.Length: > 0 } found)
            return null;
        var digits = found.Text.TakeWhile(char.IsAsciiDigit).Count();
        long? unit = found.Text[digits..].Trim().ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KIB" => 1L << 10,
            "MIB" => 1L << 20,
            "GIB" => 1L << 30,
            "TIB" => 1L << 40,
            _ => null,
        };
        if (unit is null || !long.TryParse(found.Text[..digits], CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / unit)
            throw found.Bad("is not a size such as 10 GiB");
        return number * unit;
    }

    /// <summary>The reference reads whatever it does not understand as false; here it is an error, since it is a mistake.</summary>
    public bool Bool(string key, bool otherwise = false) => Find(key) is not { Text.Length: > 0 } found
        ? otherwise
        : found.Text.ToLowerInvariant() switch
        {
            "true" or "t" or "1" => true,
            "false" or "f" or "0" => false,
            _ => throw found.Bad("is neither true nor false"),
        };

    /// <summary>A list; in the environment its items are separated by white space.</summary>
    public IReadOnlyList<string> List(string key)
    {
        _known.Add(key);
        if (_environment.TryGetValue(VariableOf(key), out var variable))
            return variable.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (!_files.TryGetValue(key, out var value))
            return [];
        return value.Items ?? (string.IsNullOrEmpty(value.Text) ? [] : [value.Text]);
    }

    /// <summary>A list of numbers.</summary>
    public IReadOnlyList<long> Longs(string key) =>
    [
        .. List(key).Select(item => long.TryParse(item, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StartupException($"{Name(key)}: '{item}' is not a whole number")),
    ];

    /// <summary>One of the words, in lower case.</summary>
    public string Word(string key, params IReadOnlyList<string> allowed)
    {
        if (Find(key) is not { Text.Length: > 0 } found)
            return allowed[0];
        return allowed.Contains(found.Text.ToLowerInvariant())
            ? found.Text.ToLowerInvariant()
            : throw found.Bad($"is none of {string.Join(", ", allowed)}");
    }

    /// <summary>The complaint about a value that only its reader could judge; secrets are not repeated in it.</summary>
    public StartupException Bad(string key, string complaint) => new($"{Name(key)} {complaint}");

    /// <summary>Counts keys below a section as known, though nobody reads them.</summary>
    public void Expect(string section) =>
        _known.UnionWith(_files.Keys.Where(key =>
            key.Equals(section, StringComparison.OrdinalIgnoreCase) || key.StartsWith(section + ".", StringComparison.OrdinalIgnoreCase)));

    private Found? Find(string key)
    {
        _known.Add(key);
        if (_environment.TryGetValue(VariableOf(key), out var variable))
            return new Found(Name(key), variable.Trim());
        if (!_files.TryGetValue(key, out var value))
            return null;
        return value.Text is { } text
            ? new Found(Name(key), text)
            : throw new StartupException($"{Name(key)} must be one value, not a list");
    }

    private string Name(string key) => _environment.ContainsKey(VariableOf(key)) ? VariableOf(key)
        : _files.TryGetValue(key, out var value) ? $"{value.File}:{value.Line}: {key}"
        : key;

    private sealed record Found(string Name, string Text)
    {
        public StartupException Bad(string complaint) => new($"{Name}: '{Text}' {complaint}");
    }
}
