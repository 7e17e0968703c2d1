using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>What every connection to the store's database should be set up with, on top of where it goes.</summary>
public static class ConnectionDefaults
{
    // Statements are planned once a connection, perhaps while a table is all but empty, and then serve it at any size: a plan that
    // reads a whole table, which is right for the first hundred rows, would read a million later, until the statistics are next taken.
    // All that is read here is read by keys, so plans are left nothing but indexes. What does read whole tables (a comparison of all
    // rows) sets these otherwise for its transaction. Compiling plans costs more than any of them.
    private const string Planning = "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan";

    /// <summary>
    /// The connection string with the store's settings: statements prepared on their second use (an append is planned once per
    /// connection, not once per call), and nothing reset when a connection goes back to the pool, which would cost each next user
    /// six statements; plans by indexes alone. So whoever uses a pooled connection leaves no session state behind: settings and locks are those of a
    /// transaction (<c>set local</c>, <c>pg_advisory_xact_lock</c>), no temporary tables, LISTEN on a connection of one's own only.
    /// What the string sets itself is kept.
    /// </summary>
    public static string Apply(NpgsqlConnectionStringBuilder connection)
    {
        SetUnlessGiven(connection, "Max Auto Prepare", 200);
        SetUnlessGiven(connection, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(connection, "No Reset On Close", true);
        SetUnlessGiven(connection, "Application Name", "ente-orleans");
        SetUnlessGiven(connection, "Options", Planning);
        return connection.ConnectionString;
    }

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder connection, string keyword, object value)
    {
        if (!connection.ContainsKey(keyword) || !connection.ShouldSerialize(keyword))
            connection[keyword] = value;
    }
}
