using System.Collections.Concurrent;

namespace Ente.Orleans.Api.Access;

/// <summary>Fixed windows in memory (api/01 §A7), bounded: old windows are swept when there are many.</summary>
internal sealed class RateLimiter(TimeProvider clock)
{
    private const int SweepAt = 100_000;
    private readonly ConcurrentDictionary<string, Window> windows = [];

    /// <summary>Counts a call; false when the window is used up.</summary>
    public bool Allows(string key, int calls, TimeSpan length)
    {
        var now = clock.GetTimestamp();
        if (windows.Count > SweepAt) Sweep();
        while (true)
        {
            var window = windows.GetOrAdd(key, _ => new Window(now, length));
            if (clock.GetElapsedTime(window.Started, now) < length) return window.Count() <= calls;
            windows.TryRemove(new KeyValuePair<string, Window>(key, window));
        }
    }

    private void Sweep()
    {
        var now = clock.GetTimestamp();
        foreach (var (key, window) in windows)
        {
            if (clock.GetElapsedTime(window.Started, now) >= window.Length)
                windows.TryRemove(new KeyValuePair<string, Window>(key, window));
        }
    }

    private sealed class Window(long started, TimeSpan length)
    {
        private int count;

        public long Started => started;

        public TimeSpan Length => length;

        public int Count() => Interlocked.Increment(ref count);
    }
}
