using Npgsql;

namespace Ente.Orleans.Api.Budgets;

/// <summary>
/// Connections to the database, kept apart by what they are for: whatever requests read, commits find one, and so does the question
/// whether the database is up.
/// </summary>
/// <param name="Requests">What requests read, and the short-lived rows that they write.</param>
/// <param name="Commits">Loading and committing of commands.</param>
/// <param name="Health">Whether the database answers, and what other silos tell.</param>
public sealed record DatabaseConnections(NpgsqlDataSource Requests, NpgsqlDataSource Commits, NpgsqlDataSource Health)
{
    /// <summary>Kept for health checks, and for listening to what other silos tell.</summary>
    public const int ForHealth = 3;

    /// <summary>The third part of all that is kept for commits; of 45 connections 15.</summary>
    public static int ForCommits(int all) => Math.Max(1, all / 3);

    /// <summary>What is left for requests; of 45 connections 27.</summary>
    public static int ForRequests(int all) => Math.Max(1, all - ForCommits(all) - ForHealth);

    /// <summary>Seconds that a statement may take, of requests and of commits; it is not tried again.</summary>
    public const int StatementSeconds = 15;

    /// <summary>Seconds that a request or a commit waits for a connection.</summary>
    public const int WaitSeconds = 10;

    /// <summary>All from one source, where nothing else was set up.</summary>
    public static DatabaseConnections Shared(NpgsqlDataSource source) => new(source, source, source);

    /// <summary>Sources of their own over one connection string, whose number of connections is split between them.</summary>
    public static DatabaseConnections Split(string connectionString)
    {
        var all = new NpgsqlConnectionStringBuilder(connectionString).MaxPoolSize;
        return new DatabaseConnections(Source(ForRequests(all)), Source(ForCommits(all)), Source(ForHealth));

        NpgsqlDataSource Source(int connections)
        {
            var own = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = connections, CommandTimeout = StatementSeconds };
            own.Timeout = Math.Min(own.Timeout, WaitSeconds);
            own.MinPoolSize = Math.Min(own.MinPoolSize, connections);
            return NpgsqlDataSource.Create(own.ConnectionString);
        }
    }
}
