using Ente.Orleans.Domain;
using Ente.Orleans.EventStore;
using Ente.Orleans.Grains;
using Ente.Orleans.Projections;
using Ente.Orleans.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ente.Orleans.Grains.Tests;

/// <summary>One host over a database; two of them are two silos.</summary>
internal sealed class Silo(NpgsqlDataSource database, GrainOptions? options = null) : IAsyncDisposable
{
    private readonly GrainHost host = new(
        new CommitLanes(
            new BatchCommitter(
                new PostgresEventStore(database, StoredEvents.Types()), new SnapshotLoader(database),
                options ?? new GrainOptions(), NullLogger<BatchCommitter>.Instance),
            options ?? new GrainOptions()),
        options ?? new GrainOptions());

    public Silo(TestDatabase database, GrainOptions? options = null) : this(database.DataSource, options)
    {
    }

    public GrainHost Host => host;

    public Task<Reply<T>> SendAsync<T>(ICommand<T> command) => host.SendAsync(command, "test", CancellationToken.None);

    public async Task<T> OkAsync<T>(ICommand<T> command)
    {
        var reply = await SendAsync(command);
        return reply.Refusal is { } no ? throw new InvalidOperationException($"{command} was refused: {no}") : reply.Value!;
    }

    public static Task<TestDatabase> DatabaseAsync() => TestDatabase.CreateAsync(Tables.Migrations);

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
