namespace Ente.Orleans.Api.Users;

/// <summary>
/// Modular powers of 4096-bit numbers take some ten milliseconds of a processor, for anybody who asks: so many at once that one
/// processor is left for all else, and a bounded number of those who wait.
/// </summary>
internal sealed class SrpArithmetic(Budget budget) : IDisposable
{
    private readonly SemaphoreSlim turns = new(budget.ProofsAtOnce);
    private int waiting;

    /// <summary>Computes when it is its turn. Nothing that others need may be held meanwhile.</summary>
    /// <exception cref="OverBudgetException">Too many wait already.</exception>
    public async Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref waiting) > budget.ProofsWaiting)
                throw new OverBudgetException(StatusCodes.Status503ServiceUnavailable, "proofs that wait", retryAfter: 5);
            await turns.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }

        try
        {
            return await Task.Run(compute, cancellation);
        }
        finally
        {
            turns.Release();
        }
    }

    public void Dispose() => turns.Dispose();
}
