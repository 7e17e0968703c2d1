using System.Diagnostics.Metrics;

namespace Ente.Orleans.Grains;

/// <summary>What an operator watches of the write path; meter <c>Ente.Orleans.Grains</c>.</summary>
internal static class GrainMetrics
{
    private static readonly Meter Meter = new("Ente.Orleans.Grains");

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("grains.batch.size", "{command}", "Commands committed together");

    public static readonly Histogram<double> CommitTime = Meter.CreateHistogram<double>("grains.commit.duration", "ms", "Load, decide and commit of a batch");

    public static readonly Counter<long> Conflicts = Meter.CreateCounter<long>("grains.conflicts", "{batch}", "Batches decided again since another writer was first");

    public static readonly Counter<long> Refused = Meter.CreateCounter<long>("grains.overload", "{command}", "Commands refused since a queue was full");
}
