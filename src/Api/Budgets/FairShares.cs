using System.Collections.Concurrent;

namespace Ente.Orleans.Api.Budgets;

/// <summary>
/// Requests a second and requests under way, of each client before those of the process: half of the process is the most that a network
/// gets without signing in, and who asks for little is served also while others use up all the rest (api/01 §A7).
/// </summary>
internal sealed class FairShares(ApiOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, int> underWay = [];
    private Second second = new(0);
    private int allUnderWay;

    /// <summary>Counts a request that begins now; the answer is given back when it has ended.</summary>
    /// <exception cref="OverBudgetException">It may not begin.</exception>
    public IDisposable Enter(ClientKey key)
    {
        CountRate(key);
        var client = key.Value;
        var own = underWay.AddOrUpdate(client, 1, static (_, n) => n + 1);
        var all = Interlocked.Increment(ref allUnderWay);
        if (own <= options.Budget.RequestsOfClient && all <= options.Budget.Requests) return new Entry(this, client);
        Leave(client);
        throw own > options.Budget.RequestsOfClient
            ? new OverBudgetException(StatusCodes.Status429TooManyRequests, "requests under way of one client", retryAfter: 1)
            : new OverBudgetException(StatusCodes.Status503ServiceUnavailable, "requests under way", retryAfter: 1);
    }

    private void CountRate(ClientKey client)
    {
        var limit = options.MaxRequestsPerSecond;
        var now = Now();
        var own = now.CountOwn(client.Value);
        if (own <= (client.IsUser ? limit : OfNetwork(limit)))
        {
            // What is refused for its client alone does not count for the others.
            var all = now.CountAll();
            if (all <= limit || (own <= Least(limit) && all <= 2L * limit)) return;
        }

        throw new OverBudgetException(StatusCodes.Status429TooManyRequests, "requests a second", retryAfter: 1);
    }

    /// <summary>Requests a second that everybody has, also when the process has no more of them: in all at most as many again.</summary>
    public static int Least(int limit) => Math.Max(10, limit / 10);

    /// <summary>Requests a second of a network that is not signed in.</summary>
    public static int OfNetwork(int limit) => Math.Max(1, limit / 2);

    // Each second has its own counters, and the old ones are simply dropped: there is nothing to sweep.
    private Second Now()
    {
        var now = clock.GetTimestamp() / clock.TimestampFrequency;
        var current = Volatile.Read(ref second);
        if (current.Number == now) return current;
        var next = new Second(now);
        var was = Interlocked.CompareExchange(ref second, next, current);
        return ReferenceEquals(was, current) ? next : was;
    }

    private void Leave(string client)
    {
        Interlocked.Decrement(ref allUnderWay);
        if (underWay.AddOrUpdate(client, 0, static (_, n) => n - 1) == 0) underWay.TryRemove(new KeyValuePair<string, int>(client, 0));
    }

    private sealed class Second(long number)
    {
        private readonly ConcurrentDictionary<string, int> clients = [];
        private int all;

        public long Number => number;

        public int CountOwn(string client) => clients.AddOrUpdate(client, 1, static (_, n) => n + 1);

        public int CountAll() => Interlocked.Increment(ref all);
    }

    private sealed class Entry(FairShares shares, string client) : IDisposable
    {
        private int isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isLeft, 1) == 0) shares.Leave(client);
        }
    }
}

/// <summary>
/// Whom a request counts for: a signed-in user, so that a household behind one address is several; else the network it comes from.
/// </summary>
internal sealed record ClientKey(string Value, bool IsUser)
{
    public static ClientKey OfUser(long userId) => new($"user {userId}", IsUser: true);

    public static ClientKey OfNetwork(string network) => new("network " + network, IsUser: false);

    public static string Of(HttpContext http) => http.Features.Get<ClientKey>()?.Value ?? "";
}
