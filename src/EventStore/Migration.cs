using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Ente.Orleans.EventStore;

/// <summary>
/// One step of a module's schema. Steps of a module are numbered from 1 without holes and never change once they have been
/// applied anywhere; a correction is a further step.
/// </summary>
public sealed partial record Migration(string Module, int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the SQL in hexadecimal, the same for LF and CRLF.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.Replace("\r\n", "\n"))));

    /// <summary>
    /// The migrations embedded in an assembly as <c>Migrations/NNN_name.sql</c> (also under the compiler's default names, in which
    /// the slash is a dot), in order.
    /// </summary>
    /// <exception cref="ArgumentException">There are none, or their numbers do not run from 1 without holes.</exception>
    public static IReadOnlyList<Migration> FromResources(Assembly assembly, string module)
    {
        var found = assembly.GetManifestResourceNames()
            .Select(resource => (resource, match: ResourceName().Match(resource)))
            .Where(r => r.match.Success)
            .Select(r => new Migration(
                module, int.Parse(r.match.Groups["number"].Value, CultureInfo.InvariantCulture), r.match.Groups["name"].Value,
                Read(assembly, r.resource)))
            .OrderBy(m => m.Number)
            .ToList();
        if (found.Count == 0)
            throw new ArgumentException($"{assembly.GetName().Name} embeds no Migrations/NNN_name.sql", nameof(assembly));
        RequireNumbered(found);
        return found;
    }

    /// <summary>Refuses a module's list (in order) whose numbers do not run from 1 without holes.</summary>
    internal static void RequireNumbered(IReadOnlyList<Migration> ofOneModule)
    {
        for (var i = 0; i < ofOneModule.Count; i++)
        {
            if (ofOneModule[i].Number != i + 1)
                throw new ArgumentException(
                    $"Migration {ofOneModule[i].Number} of module {ofOneModule[i].Module} stands where {i + 1} is due");
        }
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no resource {resource}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(^|[./])Migrations[./]_?(?<number>\d{3})_(?<name>[A-Za-z0-9_]+)\.sql$", RegexOptions.ExplicitCapture)]
    private static partial Regex ResourceName();
}
