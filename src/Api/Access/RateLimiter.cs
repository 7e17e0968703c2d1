using System.Collections.Concurrent;

namespace Ente.Orleans.Api.Access;

/// <summary>
/// Fixed windows in memory (api/01 §A7), each from its first call. Windows of one length end in the order in which they began, so a
/// call removes the few that have ended since the last one, and nobody ever pays for all of them.
/// </summary>
internal sealed class RateLimiter(TimeProvider clock)
{
    /// <summary>More than the one window that a call may open, so that the ended ones do not pile up.</summary>
    private const int RemovedACall = 4;

    private readonly ConcurrentDictionary<string, Window> windows = [];
    private readonly ConcurrentDictionary<TimeSpan, Queue<Window>> byLength = [];

    /// <summary>Windows that are remembered.</summary>
    public int Size => windows.Count;

    /// <summary>Counts a call.</summary>
    /// <exception cref="OverBudgetException">The window is used up; it says when the next one begins.</exception>
    public void Count(string key, int calls, TimeSpan length)
    {
        var now = clock.GetTimestamp();
        RemoveEnded(length, now);
        while (true)
        {
            var window = windows.GetOrAdd(key, static (k, made) => made.Owner.Open(k, made.Now, made.Length), (Owner: this, Now: now, Length: length));
            var age = clock.GetElapsedTime(window.Started, now);
            if (age >= length)
            {
                windows.TryRemove(new KeyValuePair<string, Window>(key, window));
                continue;
            }

            if (window.Count() <= calls) return;
            throw new OverBudgetException(
                StatusCodes.Status429TooManyRequests, "calls of a route", Math.Max(1, (int)Math.Ceiling((length - age).TotalSeconds)));
        }
    }

    private Window Open(string key, long now, TimeSpan length)
    {
        var window = new Window(key, now);
        var queue = byLength.GetOrAdd(length, static _ => new Queue<Window>());
        lock (queue) queue.Enqueue(window);
        return window;
    }

    private void RemoveEnded(TimeSpan length, long now)
    {
        if (!byLength.TryGetValue(length, out var queue)) return;
        lock (queue)
        {
            for (var i = 0; i < RemovedACall && queue.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.Started, now) >= length; i++)
                windows.TryRemove(new KeyValuePair<string, Window>(oldest.Key, queue.Dequeue()));
        }
    }

    private sealed class Window(string key, long started)
    {
        private int count;

        public string Key => key;

        public long Started => started;

        public int Count() => Interlocked.Increment(ref count);
    }
}
