using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Ente.Orleans.EventStore;
using Npgsql;

namespace Ente.Orleans.Testing;

/// <summary>A fresh, migrated database of the <see cref="TestCluster"/>, dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();
    private static int _count;

    private TestDatabase(string name, NpgsqlDataSource dataSource) => (Name, DataSource) = (name, dataSource);

    /// <summary>Name of the database.</summary>
    public string Name { get; }

    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>A database with the event store's schema and, on top, the given migrations.</summary>
    public static async Task<TestDatabase> CreateAsync(params IReadOnlyList<Migration>[] further)
    {
        // Migrated once per set of migrations; each database is a copy of that template.
        var migrations = PostgresEventStore.Migrations.Concat(further.SelectMany(m => m)).ToList();
        var key = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', migrations.Select(m => $"{m.Module}/{m.Number}/{m.Checksum}")))))[..16];
        var template = await Templates.GetOrAdd(key, k => new Lazy<Task<string>>(() => MakeTemplateAsync("template_" + k, migrations))).Value;
        return await MakeAsync($"test_{Interlocked.Increment(ref _count)}", $"template {template}");
    }

    /// <summary>A database with nothing in it.</summary>
    public static Task<TestDatabase> CreateEmptyAsync() => MakeAsync($"empty_{Interlocked.Increment(ref _count)}", "");

    /// <summary>Runs one or more statements.</summary>
    public async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException("No row: " + sql));
    }

    /// <summary>All rows; each is read by the function.</summary>
    public async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await TestCluster.ExecuteAsync($"drop database if exists {Name} with (force)");
    }

    private static async Task<TestDatabase> MakeAsync(string name, string options)
    {
        await TestCluster.ExecuteAsync($"create database {name} {options}");
        return new TestDatabase(name, NpgsqlDataSource.Create(await TestCluster.ConnectionToAsync(name)));
    }

    private static async Task<string> MakeTemplateAsync(string name, List<Migration> migrations)
    {
        await TestCluster.ExecuteAsync($"create database {name}");
        await using var dataSource = NpgsqlDataSource.Create(await TestCluster.ConnectionToAsync(name));
        await Migrator.MigrateAsync(dataSource, migrations);
        return name;
    }

    private NpgsqlCommand Command(string sql, object[] parameters)
    {
        var command = DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }
}
