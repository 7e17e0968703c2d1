using Ente.Orleans.Api.Budgets;
using Xunit;

namespace Ente.Orleans.Api.Tests.Budgets;

/// <summary>docs/security.md shows the numbers that are in force.</summary>
public sealed class DocumentTests
{
    private const string Heading = "## Limits";

    [Fact]
    public void The_table_of_limits_is_that_of_the_budget()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Ente.Orleans.sln")))
            root = root.Parent;
        var lines = File.ReadAllLines(Path.Combine(root.FullName, "docs", "security.md"));
        var table = lines.SkipWhile(l => l != Heading).Where(l => l.StartsWith('|')).ToList();
        var expected = BudgetTable.Of(new Budget(), requestsPerSecond: new ApiOptions { Secrets = new InstanceSecrets([], [], []) }.MaxRequestsPerSecond, keepFree: 1L << 30);
        // The whole table in the message, to be pasted.
        Assert.True(expected.SequenceEqual(table), string.Join('\n', expected));
    }
}
