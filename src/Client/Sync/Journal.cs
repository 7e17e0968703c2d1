using System.Text.Json;
using Ente.Orleans.Client.Wire;

namespace Ente.Orleans.Client;

/// <summary>
/// Rows of one sync stream with the cursor they reach to, in an append-only file of JSON lines. Rows count only once the cursor
/// line after them is written, so a process that dies at any instant resumes at the last complete page and never skips a change.
/// The rows are stored as they came, that is, encrypted.
/// </summary>
internal sealed class Journal<T>
{
    private readonly string _path;
    private readonly Func<T, long> _keyOf;
    private readonly Dictionary<long, T> _rows = [];
    private int _lines;

    /// <exception cref="UntrustworthyDataException">A complete line is damaged.</exception>
    public Journal(string path, Func<T, long> keyOf)
    {
        _path = path;
        _keyOf = keyOf;
        Load();
    }

    public IReadOnlyDictionary<long, T> Rows => _rows;

    /// <summary>Largest time seen in this stream, microseconds; 0 when nothing was synced yet.</summary>
    public long Cursor { get; private set; }

    /// <summary>The parent's time up to which this stream was read to its end; 0 when never.</summary>
    public long CompleteTo { get; private set; }

    /// <summary>Adds a page and moves the cursor, which never goes back.</summary>
    public void Append(IReadOnlyCollection<T> rows, long cursor, long completeTo)
    {
        if (rows.Count == 0 && cursor == Cursor && completeTo == CompleteTo)
            return;
        var mark = new Line { Cursor = Math.Max(Cursor, cursor), CompleteTo = completeTo };
        foreach (var row in rows)
            _rows[_keyOf(row)] = row;
        Cursor = mark.Cursor;
        CompleteTo = completeTo;
        // Rewriting costs as much as the rows; doing it when half of the lines are outdated keeps the total cost linear.
        if (_lines + rows.Count > 2 * (_rows.Count + 100))
        {
            PrivateFiles.Replace(_path, file => Write(file, _rows.Values, mark));
            _lines = _rows.Count;
            return;
        }
        using (var file = PrivateFiles.Open(_path, FileMode.Append))
        {
            // A torn last line of a killed process must not swallow the first new one.
            if (file.Position > 0)
                file.WriteByte((byte)'\n');
            Write(file, rows, mark);
            file.Flush(flushToDisk: true);
        }
        _lines += rows.Count;
    }

    private static void Write(Stream file, IEnumerable<T> rows, Line mark)
    {
        foreach (var row in rows)
        {
            JsonSerializer.Serialize(file, new Line { Row = JsonSerializer.SerializeToElement(row, Json.Options) }, Json.Options);
            file.WriteByte((byte)'\n');
        }
        JsonSerializer.Serialize(file, mark, Json.Options);
        file.WriteByte((byte)'\n');
    }

    private void Load()
    {
        if (!File.Exists(_path))
            return;
        var pending = new List<T>();
        foreach (var text in File.ReadLines(_path))
        {
            if (text.Length == 0)
                continue;
            Line? line;
            try
            {
                line = JsonSerializer.Deserialize<Line>(text, Json.Options);
            }
            catch (JsonException)
            {
                // Torn by a killed process; the page it belongs to has no cursor line and is fetched again.
                pending.Clear();
                continue;
            }
            if (line?.Row is { } row)
            {
                pending.Add(row.Deserialize<T>(Json.Options) ?? throw new UntrustworthyDataException($"{_path} holds an empty row."));
                continue;
            }
            foreach (var complete in pending)
                _rows[_keyOf(complete)] = complete;
            _lines += pending.Count;
            pending.Clear();
            Cursor = line?.Cursor ?? Cursor;
            CompleteTo = line?.CompleteTo ?? CompleteTo;
        }
    }

    private sealed record Line
    {
        public JsonElement? Row { get; init; }
        public long Cursor { get; init; }
        public long CompleteTo { get; init; }
    }
}
