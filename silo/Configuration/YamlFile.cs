using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>A value of a file: one text, or a list.</summary>
/// <param name="Text">The text; null for a list.</param>
/// <param name="Items">The list's items; null for a text.</param>
/// <param name="File">The file's name, for messages.</param>
/// <param name="Line">The line, counted from 1.</param>
public sealed record YamlValue(string? Text, IReadOnlyList<string>? Items, string File, long Line);

/// <summary>Reads a YAML file as dotted keys; a bare <c>key:</c> counts as not there (api/07 §1.2).</summary>
public static class YamlFile
{
    /// <exception cref="StartupException">It cannot be read, or is no YAML mapping.</exception>
    public static IReadOnlyDictionary<string, YamlValue> Read(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return Parse(reader, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, YamlValue> Parse(TextReader text, string file)
    {
        var values = new Dictionary<string, YamlValue>(StringComparer.OrdinalIgnoreCase);
        try
        {
            var yaml = new YamlStream();
            yaml.Load(text);
            if (yaml.Documents.Count > 0)
                Add(yaml.Documents[0].RootNode, "", file, values);
        }
        catch (YamlException e)
        {
            throw new StartupException($"{file}:{e.Start.Line}: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        return values;
    }

    private static void Add(YamlNode node, string key, string file, Dictionary<string, YamlValue> values)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach (var (name, child) in mapping.Children)
                    Add(child, key.Length == 0 ? Scalar(name, file) : $"{key}.{Scalar(name, file)}", file, values);
                break;
            case YamlScalarNode scalar when key.Length > 0:
                if (!IsNull(scalar))
                    values[key] = new YamlValue(scalar.Value, null, file, node.Start.Line);
                break;
            case YamlSequenceNode list when key.Length > 0:
                values[key] = new YamlValue(null, [.. list.Children.Select(item => Scalar(item, file))], file, node.Start.Line);
                break;
            // An empty file is one scalar.
            case YamlScalarNode { Value: null or "" }:
                break;
            default:
                throw new StartupException($"{file}:{node.Start.Line}: settings have the form 'key: value'");
        }
    }

    private static string Scalar(YamlNode node, string file) => node is YamlScalarNode { Value: { } value }
        ? value
        : throw new StartupException($"{file}:{node.Start.Line}: a plain value was expected here");

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is (null or "" or "~" or "null" or "Null" or "NULL");
}
