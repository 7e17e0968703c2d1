namespace Ente.Orleans.Client;

/// <summary>An item for which a call was refused.</summary>
internal sealed record RefusedItem<T>(T Item, Exception Error);

/// <summary>Calls that take many items at once, of which one that is refused must not hold up the others.</summary>
internal static class Calls
{
    // Where everything is refused, halving finds nothing: the rest is then taken as refused too.
    private const int MostRefusals = 50;

    /// <summary>
    /// Calls with up to <paramref name="size"/> items at a time, repeated while the trouble is passing. A call that is refused for
    /// good is made again with halves, down to the items that it is refused for, which are returned. The calls must be repeatable.
    /// </summary>
    /// <exception cref="EnteApiException">A refusal that concerns the account.</exception>
    public static async Task<IReadOnlyList<RefusedItem<T>>> SendAsync<T>(
        this EnteClient http, IEnumerable<T> items, int size, Func<T[], Task> send, CancellationToken cancellationToken)
    {
        var refused = new List<RefusedItem<T>>();
        var refusals = 0;
        var waiting = new Stack<T[]>(items.Chunk(size).Reverse());
        while (waiting.TryPop(out var chunk))
        {
            try
            {
                await http.RepeatAsync(
                    async () =>
                    {
                        await send(chunk);
                        return true;
                    },
                    cancellationToken);
            }
            catch (Exception e) when (EnteClient.IsTransfer(e) && e is not EnteApiException { ConcernsAccount: true })
            {
                if (chunk.Length > 1 && e is EnteApiException { IsPassing: false } && ++refusals < MostRefusals)
                {
                    waiting.Push(chunk[(chunk.Length / 2)..]);
                    waiting.Push(chunk[..(chunk.Length / 2)]);
                }
                else
                {
                    refused.AddRange(chunk.Select(item => new RefusedItem<T>(item, e)));
                }
            }
        }
        return refused;
    }
}
