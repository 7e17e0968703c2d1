using System.Data;
using Npgsql;

namespace Ente.Orleans.EventStore;

/// <summary>The database's schema and this program do not fit; the message says how.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Brings a database's schema up to date.</summary>
public static class Migrator
{
    // Any fixed number; silos that start together take turns on it.
    private const long LockKey = 0x656e7465_6d6967;

    /// <summary>
    /// Applies the migrations that the database lacks: modules in the order in which they first appear in the list, each module by
    /// number, each step in its own transaction, recorded with its checksum in <c>store.migrations</c>. Silos that start together
    /// take turns on an advisory lock.
    /// </summary>
    /// <exception cref="MigrationException">
    /// An applied step has been changed, the database is newer than the program, or a step failed (it is then undone, the ones
    /// before it stay). Nothing is applied in the first two cases.
    /// </exception>
    public static async Task MigrateAsync(
        NpgsqlDataSource database, IReadOnlyList<Migration> migrations, CancellationToken cancellation = default)
    {
        var modules = migrations.GroupBy(m => m.Module).Select(g => g.OrderBy(m => m.Number).ToList()).ToList();
        modules.ForEach(Migration.RequireNumbered);

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, "select pg_advisory_lock($1)", cancellation, LockKey);
        try
        {
            await ExecuteAsync(connection, """
                create schema if not exists store;
                create table if not exists store.migrations (
                  module text not null,
                  number int not null,
                  name text not null,
                  checksum text not null,
                  applied_at timestamptz not null default now(),
                  primary key (module, number));
                """, cancellation);
            var applied = await AppliedAsync(connection, cancellation);
            foreach (var module in modules)
                Check(module, applied);
            foreach (var migration in modules.SelectMany(m => m).Where(m => !applied.ContainsKey((m.Module, m.Number))))
                await ApplyAsync(connection, migration, cancellation);
            // A step may have made types that this process's connections do not know yet.
            await connection.ReloadTypesAsync(cancellation);
        }
        finally
        {
            // A lost connection has lost its lock too; complaining about that would hide why it was lost.
            if (connection.State == ConnectionState.Open)
                await ExecuteAsync(connection, "select pg_advisory_unlock($1)", CancellationToken.None, LockKey);
        }
    }

    private static void Check(List<Migration> module, Dictionary<(string Module, int Number), (string Name, string Checksum)> applied)
    {
        foreach (var migration in module)
        {
            if (applied.TryGetValue((migration.Module, migration.Number), out var found) && found.Checksum != migration.Checksum)
                throw new MigrationException(
                    $"Migration {migration.Module}/{migration.Number:000}_{migration.Name} is not the one that this database was made with "
                    + $"({found.Name}); run the program that made it, or restore a backup that fits");
        }

        var newest = applied.Keys.Where(k => k.Module == module[0].Module).Select(k => k.Number).DefaultIfEmpty().Max();
        if (newest > module.Count)
            throw new MigrationException(
                $"The database is newer than this program: {module[0].Module} is at migration {newest}, the program knows {module.Count}; "
                + "run the newer program");
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellation);
            await ExecuteAsync(
                connection, "insert into store.migrations (module, number, name, checksum) values ($1, $2, $3, $4)", cancellation,
                migration.Module, migration.Number, migration.Name, migration.Checksum);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException e)
        {
            throw new MigrationException(
                $"Migration {migration.Module}/{migration.Number:000}_{migration.Name} failed: {e.MessageText}", e);
        }
    }

    private static async Task<Dictionary<(string Module, int Number), (string Name, string Checksum)>> AppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        var applied = new Dictionary<(string, int), (string, string)>();
        await using var command = new NpgsqlCommand("select module, number, name, checksum from store.migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            applied[(reader.GetString(0), reader.GetInt32(1))] = (reader.GetString(2), reader.GetString(3));
        return applied;
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
