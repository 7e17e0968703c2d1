using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ente.Orleans.Client;

/// <summary>What an export of another service says beside a file; time in microseconds, place in degrees.</summary>
internal sealed record SideCar(long? Taken, (double Latitude, double Longitude)? Place);

/// <summary>
/// The JSON files that exports put beside photos and videos: Google's Takeout in all the ways in which it names them, and Ente's own
/// export in a directory <c>metadata</c>. Takeout appends <c>.supplemental-metadata</c> (older ones nothing), cuts the result to 46
/// characters, and puts the number of a repeated name behind it: <c>X(1).jpg</c> has <c>X.jpg.supplemental-metadata(1).json</c>. An
/// edited copy has no side-car but the original's, nor has the video of a live photo.
/// </summary>
internal sealed partial class SideCars
{
    private const string Supplement = "supplemental-metadata";
    private const string EnteDirectory = "metadata";
    private const int LargestSize = 1 << 20;

    // Takeout cuts to 46 characters; how it counts those outside of ASCII is not known, so a few less pass.
    private const int ShortestCut = 44;
    private const int LongestCut = 47;

    // Takeout names edited copies in the language of the account.
    private static readonly string[] EditedSuffixes =
    [
        "-edited", "-effects", "-smile", "-mix", "-bearbeitet", "-modifié", "-editado", "-ha editado", "-editada", "-modificato", "-bewerkt",
        "-edytowane", "-redigerad", "-redigeret", "-redigert", "-muokattu", "-upraveno", "-düzenlendi", "-отредактировано", "-編集済み", "-已修改",
    ];

    private readonly ConcurrentDictionary<string, Dictionary<Name, string>> _directories = new(StringComparer.Ordinal);

    /// <summary>What is said about a photo or video; null when nothing is.</summary>
    /// <exception cref="IOException">There is a side-car, and it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public SideCar? Find(string media)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(media))!;
        foreach (var beside in new[] { directory, Path.Combine(directory, EnteDirectory) })
        {
            var known = _directories.GetOrAdd(beside, List);
            foreach (var name in PossibleNames(Path.GetFileName(media)))
            {
                if (known.TryGetValue(name, out var path) && Read(path) is { } sideCar)
                    return sideCar;
            }
        }
        return null;
    }

    private static Dictionary<Name, string> List(string directory)
    {
        var names = new Dictionary<Name, string>();
        if (!Directory.Exists(directory))
            return names;
        foreach (var path in Directory.GetFiles(directory).Where(p => p.EndsWith(".json", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            var name = Name.Of(Path.GetFileName(path)[..^".json".Length]);
            names.TryAdd(name, path);
            // Any beginning of the supplement may be left, also only its dot.
            var dot = name.Text.LastIndexOf('.');
            if (dot > 0 && Supplement.StartsWith(name.Text[(dot + 1)..], StringComparison.OrdinalIgnoreCase))
                names.TryAdd(name with { Text = name.Text[..dot] }, path);
        }
        return names;
    }

    /// <summary>What the side-car of a file can be called without its endings, the likeliest first.</summary>
    private static IEnumerable<Name> PossibleNames(string file)
    {
        var originals = Originals(file).ToList();
        return originals.Select(o => o.Whole)
            .Concat(originals.SelectMany(o => o.Cut()))
            .Concat(originals.Select(o => o.WithoutExtension))
            .Concat(originals.SelectMany(o => o.LivePartners()));
    }

    private static IEnumerable<Original> Originals(string file)
    {
        var extension = Path.GetExtension(file);
        var stem = Path.GetFileNameWithoutExtension(file);
        yield return new Original(stem, extension, Name.NoNumber);
        var numbered = Name.Of(stem);
        if (numbered.Number != Name.NoNumber)
            yield return new Original(numbered.Text, extension, numbered.Number);
        foreach (var suffix in EditedSuffixes)
        {
            if (numbered.Text.Length > suffix.Length && numbered.Text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                yield return new Original(numbered.Text[..^suffix.Length], extension, numbered.Number);
        }
    }

    private static SideCar? Read(string path)
    {
        byte[] bytes;
        using (var file = RegularFile.OpenRead(path))
        {
            if (file.Length > LargestSize)
                return null;
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            // Another program's file of the same name; not ours to complain about.
            return null;
        }
    }

    private static SideCar? Read(JsonElement root)
    {
        // What Takeout calls the time of creation is that of the upload; in Ente's export it is the photo's, and there is no other.
        var taken = Time(root, "photoTakenTime") ?? (root.TryGetProperty("photoTakenTime", out _) ? null : Time(root, "creationTime"));
        var place = ReadPlace(root, "geoData") ?? ReadPlace(root, "geoDataExif");
        return taken is null && place is null ? null : new SideCar(taken, place);
    }

    private static long? Time(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var time) || time.ValueKind != JsonValueKind.Object || !time.TryGetProperty("timestamp", out var stamp))
            return null;
        var text = stamp.ValueKind is JsonValueKind.String or JsonValueKind.Number ? stamp.ToString() : "";
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && Math.Abs((double)seconds) < 1L << 40 && Moment.IsPlausible(Moment.ToUtc(seconds * 1_000_000))
            ? seconds * 1_000_000
            : null;
    }

    private static (double, double)? ReadPlace(JsonElement root, string name) =>
        root.TryGetProperty(name, out var place) && place.ValueKind == JsonValueKind.Object
        && place.TryGetProperty("latitude", out var latitude) && latitude.ValueKind == JsonValueKind.Number
        && place.TryGetProperty("longitude", out var longitude) && longitude.ValueKind == JsonValueKind.Number
            ? MediaDetails.Place(latitude.GetDouble(), longitude.GetDouble())
            : null;

    /// <summary>A name and the number behind it, in brackets; compared without regard to case.</summary>
    private readonly partial record struct Name(string Text, int Number)
    {
        public const int NoNumber = -1;

        public static Name Of(string text)
        {
            var match = Numbered().Match(text);
            return match.Success ? new Name(text[..match.Index], int.Parse(match.Groups["n"].Value)) : new Name(text, NoNumber);
        }

        public bool Equals(Name other) => Number == other.Number && string.Equals(Text, other.Text, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => HashCode.Combine(Text.GetHashCode(StringComparison.OrdinalIgnoreCase), Number);

        [GeneratedRegex(@"(?<=.)\((?<n>[0-9]{1,5})\)$", RegexOptions.ExplicitCapture)]
        private static partial Regex Numbered();
    }

    /// <summary>The file that a side-car was made for: its name, and the number by which a repeated name is told apart.</summary>
    private sealed record Original(string Stem, string Extension, int Number)
    {
        public Name Whole => new(Stem + Extension, Number);

        public Name WithoutExtension => new(Stem, Number);

        /// <summary>Cut within the extension, or by the length of the whole.</summary>
        public IEnumerable<Name> Cut()
        {
            var whole = Stem + Extension;
            for (var length = whole.Length - 1; length >= ShortestCut || length > Stem.Length; length--)
            {
                var text = whole[..length];
                if (length > Stem.Length || (length <= LongestCut && Encoding.UTF8.GetByteCount(text) >= ShortestCut))
                    yield return new Name(text, Number);
            }
        }

        public IEnumerable<Name> LivePartners() => MediaNames.IsVideo(Extension)
            ? MediaNames.ImageExtensions.Select(e => new Name(Stem + e, Number))
            : [];
    }
}
