namespace Ente.Orleans.Domain;

/// <summary>Rows of one table, by key, with those that were changed.</summary>
public sealed class Rows<TKey, TRow>(Func<TRow, TKey> keyOf)
    where TKey : notnull
    where TRow : class
{
    private readonly Dictionary<TKey, TRow> rows = [];
    private readonly HashSet<TKey> changed = [];

    public TRow? Find(TKey key) => rows.GetValueOrDefault(key);

    /// <summary>The row that an event is about. Missing: the event does not fit the history before it.</summary>
    public TRow Get(TKey key) =>
        rows.GetValueOrDefault(key) ?? throw new InvalidOperationException($"no {typeof(TRow).Name} {key} to apply an event to");

    public IReadOnlyCollection<TRow> All => rows.Values;

    public IEnumerable<TRow> Changed => changed.Select(k => rows[k]);

    public bool HasChanges => changed.Count > 0;

    /// <summary>Takes a row as it is stored. One that was already changed here stays as it is.</summary>
    public void Load(TRow row)
    {
        var key = keyOf(row);
        if (!changed.Contains(key)) rows[key] = row;
    }

    public void Put(TRow row)
    {
        var key = keyOf(row);
        rows[key] = row;
        changed.Add(key);
    }

    public void Change(TKey key, Func<TRow, TRow> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Put(change(Get(key)));
    }

    /// <summary>All changes were written: what is here is what is stored.</summary>
    public void Written() => changed.Clear();
}
