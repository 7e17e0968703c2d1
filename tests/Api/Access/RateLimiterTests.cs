using System.Globalization;
using Ente.Orleans.Api.Access;
using Ente.Orleans.Api.Budgets;
using Xunit;

namespace Ente.Orleans.Api.Tests.Access;

/// <summary>Windows of limits: what they refuse, for how long, and what is left of them.</summary>
public sealed class RateLimiterTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly MovableClock _clock = new();

    [Fact]
    public void A_refusal_says_when_the_window_ends()
    {
        var limits = new RateLimiter(_clock);
        limits.Count("a", 2, Minute);
        limits.Count("a", 2, Minute);
        _clock.Advance(TimeSpan.FromSeconds(20));
        var refused = Assert.Throws<OverBudgetException>(() => limits.Count("a", 2, Minute));
        Assert.Equal(429, refused.Status);
        Assert.InRange(refused.RetryAfter, 39, 41);
        limits.Count("b", 2, Minute);
        _clock.Advance(TimeSpan.FromSeconds(41));
        limits.Count("a", 2, Minute);
    }

    [Fact]
    public void Ended_windows_go_a_few_at_each_call_and_none_that_counts_yet()
    {
        var limits = new RateLimiter(_clock);
        const int many = 150_000;
        for (var i = 0; i < many; i++)
            limits.Count(i.ToString(CultureInfo.InvariantCulture), 1, Minute);
        Assert.Equal(many, limits.Size);
        _clock.Advance(Minute + TimeSpan.FromSeconds(1));

        // No call pays for all of them.
        limits.Count("first", 1, Minute);
        Assert.InRange(limits.Size, many - 10, many);
        for (var i = 0; i < many / 2; i++)
            limits.Count("next " + i.ToString(CultureInfo.InvariantCulture), 1, Minute);
        Assert.InRange(limits.Size, many / 2, (many / 2) + 10);
        Assert.Throws<OverBudgetException>(() => limits.Count("first", 1, Minute));
    }
}
