namespace Ente.Orleans.Client;

/// <summary>
/// What went wrong with single things while the rest went on. Each is told at the moment it is found, by whoever finds it, so that
/// no caller has to look at the right time; whether there were any decides how a program ends.
/// </summary>
/// <param name="tell">Told of each problem, once, from any thread.</param>
public sealed class Problems(Action<string>? tell = null)
{
    private readonly Lock _lock = new();
    private readonly List<string> _all = [];

    /// <summary>All of them, in the order in which they were found.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    public bool Any => All.Count > 0;

    /// <summary>Adds a problem; one that was told before is not told again.</summary>
    public void Add(string problem)
    {
        lock (_lock)
        {
            if (_all.Contains(problem, StringComparer.Ordinal))
                return;
            _all.Add(problem);
            tell?.Invoke(problem);
        }
    }
}
