using System.Text.Json;
using System.Text.RegularExpressions;
using Ente.Orleans.Acceptance.Tests.Silos;
using Xunit;

namespace Ente.Orleans.Acceptance.Tests;

/// <summary>What all the other tests have left, looked at after them: their logs, and their data.</summary>
[Collection(Collection)]
public sealed partial class AftermathTests
{
    /// <summary>Run last, see <see cref="LastCollectionLast"/>.</summary>
    public const string Collection = "Aftermath";

    /// <summary>Silos of the other tests, stopped.</summary>
    internal static List<SiloProcess> Left { get; } = [];

    private static IReadOnlyList<SiloProcess> AllLeft =>
        Left.Count > 0 ? Left : throw new InvalidOperationException("No other test ran before these: they look at what the others leave.");

    [Fact]
    public void Logs_hold_no_token_code_address_body_or_key()
    {
        foreach (var silo in AllLeft)
        {
            var log = silo.Log();
            Assert.True(log.Count > 100, "the log is too short to have been kept");
            Assert.True(silo.Secrets.Count > 100, "too few secrets were noted down");
            Assert.Empty(silo.Secrets.FoundIn(log));
            Assert.DoesNotContain(log, l => FixedCode().IsMatch(l));
            Assert.DoesNotContain(log, l => l.Contains(SiloProcess.Domain, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Nothing_failed_in_a_way_that_nobody_expected()
    {
        foreach (var silo in AllLeft)
        {
            Assert.DoesNotContain(silo.ServerErrors, e => e.StartsWith("500", StringComparison.Ordinal));
            Assert.DoesNotContain(silo.Log(), IsUnexpected);
        }
    }

    [Fact]
    public async Task A_rebuild_from_the_events_finds_the_data_as_it_is()
    {
        foreach (var silo in AllLeft)
        {
            using var verb = new Verb(["rebuild", "--data", silo.DataDirectory]);
            var rebuild = await verb.EndAsync();
            Assert.True(rebuild.Code == 0, rebuild.Output + rebuild.Error);
            Assert.Contains("All tables are what the events say", rebuild.Output, StringComparison.Ordinal);
            var events = int.Parse(rebuild.Output.Split(' ')[0]);
            Assert.True(events > 100, $"only {events} events");
        }
    }

    /// <summary>An error, other than that the database went away, of which those say so who watch it and who need it.</summary>
    private static bool IsUnexpected(string line)
    {
        using var entry = JsonDocument.Parse(line);
        return entry.RootElement.GetProperty("level").GetString() is "error" or "fatal"
            && entry.RootElement.GetProperty("source").GetString()
                is not ("Ente.Orleans.EventStore.Embedded.EmbeddedCluster" or "Ente.Orleans.Api.BackgroundWork");
    }

    [GeneratedRegex($@"(?<!\d){SiloProcess.Code}(?!\d)")]
    private static partial Regex FixedCode();
}
