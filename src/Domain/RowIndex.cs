namespace Ente.Orleans.Domain;

internal interface IRowIndex<in TRow>
{
    void Replace(TRow? old, TRow row);
}

/// <summary>Rows of one table by what they share: the memberships of a file, the shares of a collection.</summary>
public sealed class RowIndex<TScope, TKey, TRow> : IRowIndex<TRow>
    where TScope : struct
    where TKey : notnull
    where TRow : class
{
    private readonly Rows<TKey, TRow> rows;
    private readonly Sight sight;
    private readonly Func<TRow, TKey> keyOf;
    private readonly Func<TRow, TScope?> scopeOf;
    private readonly Func<Sight, TScope, bool> isAsked;
    private readonly Func<TScope, StreamId?> anchorOf;
    private readonly OpenScope? open;
    private readonly Func<TRow, StreamId>? brings;
    private readonly Dictionary<TScope, HashSet<TKey>> keys = [];

    internal RowIndex(
        Rows<TKey, TRow> rows, Sight sight, Func<TRow, TKey> keyOf, Func<TRow, TScope?> scopeOf, Func<Sight, TScope, bool> isAsked,
        Func<TScope, StreamId?> anchorOf, OpenScope? open, Func<TRow, StreamId>? brings)
    {
        (this.rows, this.sight, this.keyOf, this.scopeOf) = (rows, sight, keyOf, scopeOf);
        (this.isAsked, this.anchorOf, this.open, this.brings) = (isAsked, anchorOf, open, brings);
    }

    /// <summary>The rows of a scope, as many as the scope's need loads; in no order.</summary>
    public IReadOnlyList<TRow> this[TScope scope]
    {
        get
        {
            var anchor = anchorOf(scope);
            if (!(anchor is { } a && sight.IsNew(a)) && !isAsked(sight, scope))
                throw new NotAskedException($"{typeof(TRow).Name} of {scope}");
            if (anchor is { } stream) sight.RelyOn(stream);
            if (open is { } scopeKind) sight.RelyOn(scopeKind);
            if (!keys.TryGetValue(scope, out var found)) return [];
            var seen = found.Select(rows.Seen).ToList();
            if (brings is not null) seen.ForEach(r => sight.Bring(brings(r)));
            return seen;
        }
    }

    void IRowIndex<TRow>.Replace(TRow? old, TRow row)
    {
        var (before, after) = (old is null ? null : scopeOf(old), scopeOf(row));
        if (before is { } left && !EqualityComparer<TScope?>.Default.Equals(before, after)) keys[left].Remove(keyOf(old!));
        if (after is not { } joined) return;
        if (!keys.TryGetValue(joined, out var members)) keys[joined] = members = [];
        members.Add(keyOf(row));
    }
}
