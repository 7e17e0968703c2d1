using System.Text.Json.Nodes;
using Ente.Orleans.EventStore;

namespace Ente.Orleans.Testing;

/// <summary>
/// Stored examples of events, one file <c>{alias}.json</c> each: bodies as some version of this program once wrote them. They are kept
/// for ever, and must stay readable for ever. Further examples of an alias, of older shapes, are named <c>{alias}.{anything}.json</c>.
/// </summary>
public sealed class GoldenExamples(EventTypes types, string folder)
{
    /// <summary>
    /// Checks that every alias has its example and that each example can be read, and nothing is lost on the way: what is read and
    /// written again says the same as the file (for an older shape: can be read again, and then says the same).
    /// </summary>
    /// <returns>What is wrong, a line each; nothing: all is well.</returns>
    public IReadOnlyList<string> Problems()
    {
        var files = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.json").ToDictionary(f => Path.GetFileNameWithoutExtension(f)!)
            : [];
        var problems = types.Aliases.Where(a => !files.ContainsKey(a)).Select(a => $"{a}: there is no {a}.json in {folder}").ToList();
        foreach (var (name, file) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var alias = name.Split('.')[0];
            if (!types.Aliases.Contains(alias))
                problems.Add($"{name}: no type has the alias {alias} any more; stored events of it could not be read");
            else if (ProblemOf(alias, File.ReadAllText(file)) is { } problem)
                problems.Add($"{name}: {problem}");
        }

        return problems;
    }

    private string? ProblemOf(string alias, string stored)
    {
        try
        {
            var expected = JsonNode.Parse(stored);
            var written = types.Write(types.Read(alias, stored));
            var found = JsonNode.Parse(written);
            if (Shape(expected) != Shape(found))
            {
                // Brought up to date by upcasters: from there on it must be stable.
                expected = found;
                found = JsonNode.Parse(types.Write(types.Read(alias, written)));
            }

            return JsonNode.DeepEquals(expected, found)
                ? null
                : $"read and written again it is {found?.ToJsonString()}, not {expected?.ToJsonString()}";
        }
        catch (Exception e)
        {
            return $"it cannot be read: {e.Message}";
        }
    }

    private static int Shape(JsonNode? body) => body?["$v"]?.GetValue<int>() ?? 1;
}
