namespace Ente.Orleans.Domain;

/// <summary>Rows of one table, by key, with those that were changed.</summary>
/// <param name="sight">What may be seen.</param>
/// <param name="keyOf">The key of a row.</param>
/// <param name="ownerOf">
/// The stream whose events write a row. From the key alone where that tells; null for an absent row whose key does not, which is
/// right only where a unique index refuses the second of two such rows.
/// </param>
/// <param name="isAsked">Whether the needs name a key, or bring a row along.</param>
public sealed class Rows<TKey, TRow>(
    Sight sight, Func<TRow, TKey> keyOf, Func<TKey, TRow?, StreamId?> ownerOf, Func<Sight, TKey, TRow?, bool> isAsked)
    where TKey : notnull
    where TRow : class
{
    private readonly Dictionary<TKey, TRow> rows = [];
    // With the turn of the command that changed each.
    private readonly Dictionary<TKey, int> changed = [];
    private readonly List<IRowIndex<TRow>> indexes = [];

    public TRow? Find(TKey key)
    {
        var row = rows.GetValueOrDefault(key);
        See(key, row);
        return row;
    }

    /// <summary>The row that an event is about. Missing: the event does not fit the history before it.</summary>
    public TRow Get(TKey key) =>
        Find(key) ?? throw new InvalidOperationException($"no {typeof(TRow).Name} {key} to apply an event to");

    public IEnumerable<TRow> Changed => changed.Keys.Select(k => rows[k]);

    public bool HasChanges => changed.Count > 0;

    /// <summary>Everything that is here, seen or not: for tests, not for decisions.</summary>
    public IReadOnlyCollection<TRow> AllHeld => rows.Values;

    /// <summary>A row if it is here, seen or not: for versions, not for decisions.</summary>
    internal TRow? Held(TKey key) => rows.GetValueOrDefault(key);

    /// <summary>Takes a row as it is stored. One that was already changed here stays as it is.</summary>
    public void Load(TRow row)
    {
        if (!changed.ContainsKey(keyOf(row))) Set(row);
    }

    public void Put(TRow row)
    {
        if (ownerOf(keyOf(row), row) is { } owner) sight.RelyOn(owner);
        Set(row);
        changed[keyOf(row)] = sight.Turn;
    }

    public void Change(TKey key, Func<TRow, TRow> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Put(change(Get(key)));
    }

    /// <summary>All changes were written: what is here is what is stored.</summary>
    public void Written() => changed.Clear();

    /// <summary>The rows that share something, found without looking at all of them.</summary>
    /// <param name="scopeOf">What a row shares with others; null: it is in no scope.</param>
    /// <param name="isAsked">Whether the needs name a scope.</param>
    /// <param name="anchorOf">The stream in which the scope is anchored.</param>
    /// <param name="open">Set where rows can join the scope without the anchor moving.</param>
    /// <param name="brings">A stream of which the scope's need brings rows along.</param>
    internal RowIndex<TScope, TKey, TRow> By<TScope>(
        Func<TRow, TScope?> scopeOf, Func<Sight, TScope, bool> isAsked, Func<TScope, StreamId?> anchorOf, OpenScope? open = null,
        Func<TRow, StreamId>? brings = null)
        where TScope : struct
    {
        var index = new RowIndex<TScope, TKey, TRow>(this, sight, keyOf, scopeOf, isAsked, anchorOf, open, brings);
        indexes.Add(index);
        return index;
    }

    /// <summary>A row found by another way than its key.</summary>
    internal TRow Seen(TKey key)
    {
        var row = rows[key];
        if (ownerOf(key, row) is { } owner) sight.RelyOn(owner);
        return row;
    }

    private void Set(TRow row)
    {
        var key = keyOf(row);
        var old = rows.GetValueOrDefault(key);
        rows[key] = row;
        foreach (var index in indexes) index.Replace(old, row);
    }

    private void See(TKey key, TRow? row)
    {
        var owner = ownerOf(key, row);
        var isOwn = changed.TryGetValue(key, out var turn) && turn == sight.Turn;
        if (!isOwn && !(owner is { } o && sight.IsNew(o)) && !isAsked(sight, key, row))
            throw new NotAskedException($"{typeof(TRow).Name} {key}");
        if (owner is { } stream) sight.RelyOn(stream);
    }
}
