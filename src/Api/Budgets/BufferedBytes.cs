using System.Collections.Concurrent;

namespace Ente.Orleans.Api.Budgets;

/// <summary>
/// Bytes that the process holds for its clients: bodies being received, answers that wait to be read. Who would exceed a share is
/// refused before the bytes are there, so that what others need is left.
/// </summary>
internal sealed class BufferedBytes(ApiOptions options)
{
    private readonly ConcurrentDictionary<string, long> shares = [];
    private long held;

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref held);

    /// <summary>An empty share of the request's client, given back when the request ends.</summary>
    public Share Of(HttpContext http)
    {
        var share = new Share(this, ClientKey.Of(http));
        http.Response.RegisterForDispose(share);
        return share;
    }

    private (long Own, long All) Hold(string client, long bytes) =>
        (shares.AddOrUpdate(client, static (_, more) => more, static (_, now, more) => now + more, bytes), Interlocked.Add(ref held, bytes));

    private void Take(string client, long bytes)
    {
        var (own, all) = Hold(client, bytes);
        if (own <= options.Budget.BufferedBytesOfClient && all <= options.Budget.BufferedBytes) return;
        GiveBack(client, bytes);
        throw own > options.Budget.BufferedBytesOfClient
            ? new OverBudgetException(StatusCodes.Status429TooManyRequests, "bytes buffered for one client", retryAfter: 5)
            : new OverBudgetException(StatusCodes.Status503ServiceUnavailable, "bytes buffered in the process", retryAfter: 5);
    }

    private void GiveBack(string client, long bytes)
    {
        Interlocked.Add(ref held, -bytes);
        if (shares.AddOrUpdate(client, 0, (_, now) => now - bytes) == 0) shares.TryRemove(new KeyValuePair<string, long>(client, 0));
    }

    /// <summary>What one request holds.</summary>
    internal sealed class Share(BufferedBytes all, string client) : IDisposable
    {
        private long bytes;

        /// <summary>Holds at least so many bytes from now on.</summary>
        /// <exception cref="OverBudgetException">The client, or all clients together, hold too many.</exception>
        public void GrowTo(long least)
        {
            if (least <= bytes) return;
            all.Take(client, least - bytes);
            bytes = least;
        }

        /// <summary>Holds bytes that are there already: whoever comes next is refused.</summary>
        public void Hold(long more)
        {
            all.Hold(client, more);
            bytes += more;
        }

        public void Dispose()
        {
            if (bytes > 0) all.GiveBack(client, bytes);
            bytes = 0;
        }
    }
}
