namespace Ente.Orleans.EventStore.Embedded;

/// <summary>How an <see cref="EmbeddedCluster"/> is run.</summary>
public sealed record EmbeddedClusterOptions
{
    /// <summary>The directory of the cluster; made on first use. Holds <c>data</c>, <c>run</c> (the socket) and <c>owner.lock</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>Name of the database, made on first use.</summary>
    public string Database { get; init; } = "ente";

    /// <summary>PostgreSQL settings by name; they win over the defaults, and over <c>postgresql.conf</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Directory of <c>postgres</c> and <c>initdb</c>; null: the newest installed ones that fit the data directory.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>
    /// When another living process runs this cluster already: connect to it instead of refusing. For operator verbs run beside
    /// a server. <see cref="EmbeddedCluster.StopAsync"/> then leaves the cluster running.
    /// </summary>
    public bool AttachToRunning { get; init; }

    /// <summary>How long start-up, crash recovery included, may take.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a fast shutdown may take before the cluster is stopped the hard way (it recovers at the next start).</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    // Durable in full; the rest is what a machine of any size can give.
    internal static readonly IReadOnlyDictionary<string, string> Defaults = new Dictionary<string, string>
    {
        ["fsync"] = "on",
        ["synchronous_commit"] = "on",
        ["full_page_writes"] = "on",
        ["shared_buffers"] = "128MB",
        ["max_connections"] = "200",
        ["timezone"] = "UTC",
        ["log_timezone"] = "UTC",
        ["log_line_prefix"] = "",
        ["logging_collector"] = "off",
        ["log_destination"] = "stderr",
    };
}

/// <summary>The cluster cannot be run; <see cref="Exception.Message"/> is one line that says what to do about it.</summary>
public sealed class EmbeddedClusterException : Exception
{
    /// <summary>Makes the exception with its one line.</summary>
    public EmbeddedClusterException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
