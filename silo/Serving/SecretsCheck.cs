using Ente.Orleans.Silo.Configuration;
using Npgsql;

namespace Ente.Orleans.Silo.Serving;

/// <summary>
/// Refuses to serve a database with secrets that are not its own: every sign-in would fail, and whoever signed up in that state
/// would be lost once the right secrets are back.
/// </summary>
internal static class SecretsCheck
{
    /// <param name="database">Migrated.</param>
    /// <param name="secrets">New ones are saved here, once it is known that the database does not depend on others.</param>
    /// <param name="isOwn">Whether the database belongs to this data directory; others may be shared with servers that started before.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="StartupException">They do not fit.</exception>
    public static async Task EnsureAsync(NpgsqlDataSource database, SecretsFile secrets, bool isOwn, CancellationToken cancellation)
    {
        var found = await ValueAsync(database, cancellation);
        if (found is not null && found != secrets.CheckValue)
        {
            await using var command = database.CreateCommand("select exists (select 1 from projections.accounts)");
            var hasUsers = (bool)(await command.ExecuteScalarAsync(cancellation))!;
            if (hasUsers || !isOwn)
                throw new StartupException(
                    "The secrets (key.encryption, key.hash) are not those that this database was made with; put back its secrets.yaml "
                    + "or set its values in the configuration");
            await ForgetAsync(database, found, cancellation);
        }

        secrets.Save();
        await using var insert = database.CreateCommand(
            "insert into transient.instance (name, value) values ('secrets-check', $1) on conflict do nothing");
        insert.Parameters.Add(new NpgsqlParameter { Value = secrets.CheckValue });
        await insert.ExecuteNonQueryAsync(cancellation);
        if (await ValueAsync(database, cancellation) != secrets.CheckValue)
            throw new StartupException("Another server with other secrets has just begun to use this database; give all of them the same secrets.yaml");
    }

    private static async Task<string?> ValueAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select value from transient.instance where name = 'secrets-check'");
        return (string?)await command.ExecuteScalarAsync(cancellation);
    }

    private static async Task ForgetAsync(NpgsqlDataSource database, string value, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("delete from transient.instance where name = 'secrets-check' and value = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
