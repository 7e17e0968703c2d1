using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace Ente.Orleans.EventStore;

/// <summary>Streams of events in PostgreSQL, in Marten's tables (schema <c>events</c>). Safe for use by many threads.</summary>
public sealed class PostgresEventStore
{
    private const string VersionMismatch = "MT003";
    private readonly NpgsqlDataSource _database;
    private readonly EventTypes _types;
    private readonly AppendNotifier _notifier;

    /// <summary>A store over a database that <see cref="Migrator"/> has brought up to date with <see cref="Migrations"/>.</summary>
    public PostgresEventStore(NpgsqlDataSource database, EventTypes types, ILogger? log = null)
    {
        (_database, _types) = (database, types);
        _notifier = new AppendNotifier(database, log ?? NullLogger.Instance);
        types.Freeze();
    }

    /// <summary>The store's own schema.</summary>
    public static IReadOnlyList<Migration> Migrations { get; } = Migration.FromResources(typeof(PostgresEventStore).Assembly, "eventstore");

    /// <summary>The types this store reads and writes.</summary>
    public EventTypes Types => _types;

    /// <summary>Appends what was decided on nothing but the streams appended to.</summary>
    public Task<AppendResult> AppendAsync(
        IReadOnlyList<StreamAppend> appends, Action<NpgsqlBatch>? inline, CancellationToken cancellation = default) =>
        AppendAsync(appends, [], inline, cancellation);

    /// <summary>
    /// Appends to one or more streams and runs the caller's statements (inline projections), all in one transaction and one round
    /// trip. <c>store.now_us()</c> in the caller's statements is the time of the events.
    /// </summary>
    /// <param name="appends">What to append; each stream once.</param>
    /// <param name="assertions">Streams that the events were decided on and that get none; each once.</param>
    /// <param name="inline">Adds commands to the batch; they run after the events are in. Their results are not read.</param>
    /// <param name="cancellation">Once the batch has been sent, a cancelled append may have been committed all the same.</param>
    /// <exception cref="VersionConflictException">Somebody else was faster; nothing is stored.</exception>
    /// <exception cref="PostgresException">Any other error of the database, also from the caller's statements; nothing is stored.</exception>
    public async Task<AppendResult> AppendAsync(
        IReadOnlyList<StreamAppend> appends, IReadOnlyList<StreamAssertion> assertions, Action<NpgsqlBatch>? inline,
        CancellationToken cancellation = default)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        // Without an explicit transaction the commands of a batch are one implicit transaction, ended by the one Sync message at
        // the end of the batch: begin, append, projections and commit share a round trip, and any failure undoes them all.
        await using var batch = new NpgsqlBatch(connection) { EnableErrorBarriers = false };
        batch.BatchCommands.Add(AppendCommand(appends, assertions));
        inline?.Invoke(batch);
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var result = new AppendResult(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            // To the end: the errors of the later commands, and of the commit, arrive there.
            while (await reader.NextResultAsync(cancellation))
            {
            }

            _notifier.Signal();
            return result;
        }
        catch (PostgresException e)
        {
            ForgetPrepared(connection);
            if (ConflictOf(e, appends) is { } conflict)
                throw conflict;
            throw;
        }
    }

    /// <summary>The events of a stream from a version on, in order; none when the stream does not exist.</summary>
    /// <exception cref="UnknownEventException">An event's alias or shape is not known.</exception>
    public async IAsyncEnumerable<StoredEvent> ReadStreamAsync(
        string stream, long fromVersion = 1, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = _database.CreateCommand(SelectEvents + """
            where e.stream_id = $1 and e.version >= $2 and e.is_archived = false
            order by e.version
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = fromVersion });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return Decode(Row(reader));
    }

    /// <summary>
    /// All events after a sequence number up to and including another, in order. The upper bound has to come from the horizon:
    /// above it, numbers may still be missing.
    /// </summary>
    /// <param name="afterSequence">The last number that has been read already; 0: from the beginning.</param>
    /// <param name="upTo">The last number to read.</param>
    /// <param name="pageSize">Events a query; no connection is held between pages.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async IAsyncEnumerable<StoredEvent> ReadAllAsync(
        long afterSequence, long upTo, int pageSize, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        while (afterSequence < upTo)
        {
            var page = await ReadPageAsync(afterSequence, upTo, pageSize, cancellation);
            foreach (var read in page)
                yield return Decode(read);
            if (page.Count < pageSize)
                yield break;
            afterSequence = page[^1].Sequence;
        }
    }

    /// <summary>Where a stream stands, or null when it does not exist.</summary>
    public async Task<StreamState?> StreamStateAsync(string stream, CancellationToken cancellation = default)
    {
        await using var command = _database.CreateCommand("""
            select s.type, s.version, s.timestamp, s.is_archived is true
            from events.mt_streams s where s.id = $1
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new StreamState(stream, Text(reader, 0), reader.GetInt64(1), Micros(reader, 2), reader.GetBoolean(3))
            : null;
    }

    /// <summary>One page of <see cref="ReadAllAsync"/>, bodies as stored.</summary>
    internal async Task<List<EncodedEvent>> ReadPageAsync(long afterSequence, long upTo, int pageSize, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(SelectEvents + """
            where e.seq_id > $1 and e.seq_id <= $2 and e.is_archived = false
            order by e.seq_id
            limit $3
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterSequence });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = pageSize });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var page = new List<EncodedEvent>();
        while (await reader.ReadAsync(cancellation))
            page.Add(Row(reader));
        return page;
    }

    private const string SelectEvents = """
        select e.seq_id, e.id, e.stream_id, s.type, e.version, e.type, e.data, e.timestamp,
               e.correlation_id, e.causation_id, e.headers
        from events.mt_events e
        join events.mt_streams s on s.id = e.stream_id

        """;

    /// <summary>Reads an event's body.</summary>
    /// <exception cref="UnknownEventException">Its alias or shape is not known.</exception>
    /// <exception cref="System.Text.Json.JsonException">It does not fit its type.</exception>
    internal StoredEvent Decode(EncodedEvent e) => new(
        e.Sequence, e.Id, e.Stream, e.StreamType, e.Version, e.Alias, _types.Read(e.Alias, e.Json), e.TimeMicros, e.CorrelationId,
        e.CausationId, e.HeadersJson);

    // A statement that fails in the very run that prepares it is half prepared for the driver (npgsql#6391): its next run on this
    // connection would read answers that are not there, after having committed. So whatever is prepared is given up.
    private static void ForgetPrepared(NpgsqlConnection connection)
    {
        // Closed already where the server ended it, as when it is shut down.
        if (connection.FullState != System.Data.ConnectionState.Open) return;
        try
        {
            connection.UnprepareAll();
        }
        catch (NpgsqlException)
        {
            // The connection is gone, and what was prepared with it; the caller is told why the append failed.
        }
    }

    private static EncodedEvent Row(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), Text(reader, 3), reader.GetInt64(4), reader.GetString(5),
        reader.GetString(6), Micros(reader, 7), Text(reader, 8), Text(reader, 9), Text(reader, 10));

    // Exact: PostgreSQL's timestamps count microseconds, .NET's tenths of them.
    private static long Micros(NpgsqlDataReader reader, int column) =>
        (reader.GetDateTime(column) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private NpgsqlBatchCommand AppendCommand(IReadOnlyList<StreamAppend> appends, IReadOnlyList<StreamAssertion> assertions)
    {
        RequireWellFormed(appends, assertions);
        var events = appends.SelectMany(a => a.Events.Select((e, index) => (Append: a, Event: e, Index: index))).ToList();
        var command = new NpgsqlBatchCommand(
            "select time_us, first_sequence, last_sequence from store.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
        Add(NpgsqlDbType.Text, appends.Select(a => a.Stream));
        Add(NpgsqlDbType.Text, appends.Select(a => a.StreamType));
        Add(NpgsqlDbType.Bigint, appends.Select(a => a.ExpectedVersion));
        Add(NpgsqlDbType.Bigint, appends.Select(a => a.ExpectedVersion + a.Events.Count));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = appends.Count(a => a.ExpectedVersion > 0) });
        Add(NpgsqlDbType.Text, events.Select(e => e.Append.Stream));
        Add(NpgsqlDbType.Bigint, events.Select(e => e.Append.ExpectedVersion + e.Index + 1));
        Add(NpgsqlDbType.Uuid, events.Select(_ => Guid.CreateVersion7()));
        Add(NpgsqlDbType.Text, events.Select(e => _types.AliasOf(e.Event.Data.GetType())));
        Add(NpgsqlDbType.Text, events.Select(e => _types.DotnetTypeOf(e.Event.Data.GetType())));
        Add(NpgsqlDbType.Jsonb, events.Select(e => _types.Write(e.Event.Data)));
        Add(NpgsqlDbType.Text, events.Select(e => e.Event.CorrelationId));
        Add(NpgsqlDbType.Text, events.Select(e => e.Event.CausationId));
        Add(NpgsqlDbType.Jsonb, events.Select(e => e.Event.HeadersJson));
        Add(NpgsqlDbType.Text, assertions.Select(a => a.Stream));
        Add(NpgsqlDbType.Bigint, assertions.Select(a => a.Version));
        return command;

        void Add<T>(NpgsqlDbType element, IEnumerable<T> values) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = values.ToArray() });
    }

    private static void RequireWellFormed(IReadOnlyList<StreamAppend> appends, IReadOnlyList<StreamAssertion> assertions)
    {
        if (appends.Count == 0)
            throw new ArgumentException("There is nothing to append", nameof(appends));
        if (appends.FirstOrDefault(a => a.Events.Count == 0) is { } empty)
            throw new ArgumentException($"There are no events for {empty.Stream}", nameof(appends));
        if (appends.FirstOrDefault(a => a.ExpectedVersion < 0) is { } negative)
            throw new ArgumentException($"{negative.ExpectedVersion} is no version of {negative.Stream}", nameof(appends));
        if (appends.Count > 1 && appends.Select(a => a.Stream).Distinct().Count() < appends.Count)
            throw new ArgumentException("A stream is there twice", nameof(appends));
        if (assertions.FirstOrDefault(a => a.Version < 1) is { } absent)
            throw new ArgumentException($"{absent.Stream} was not there: its absence can not be locked", nameof(assertions));
        if (assertions.Select(a => a.Stream).Concat(appends.Select(a => a.Stream)).Distinct().Count() < appends.Count + assertions.Count)
            throw new ArgumentException("A stream is asserted twice, or asserted and appended to", nameof(assertions));
    }

    private static VersionConflictException? ConflictOf(PostgresException e, IReadOnlyList<StreamAppend> appends)
    {
        switch (e.SqlState)
        {
            case VersionMismatch when e.Hint?.Split(' ', 2) is [var version, var stream]:
                return new VersionConflictException(ConflictKind.WrongVersion, e.MessageText, e)
                {
                    Stream = stream,
                    ExpectedVersion = appends.FirstOrDefault(a => a.Stream == stream)?.ExpectedVersion,
                    ActualVersion = long.Parse(version, CultureInfo.InvariantCulture),
                };
            case PostgresErrorCodes.UniqueViolation when e is { SchemaName: "events", TableName: "mt_streams" or "mt_events" }:
                return new VersionConflictException(
                    ConflictKind.ConcurrentAppend, "Another writer appended to the same streams at the same moment", e)
                {
                    Stream = appends.Count == 1 ? appends[0].Stream : null,
                    ExpectedVersion = appends.Count == 1 ? appends[0].ExpectedVersion : null,
                };
            case PostgresErrorCodes.SerializationFailure:
                return new VersionConflictException(ConflictKind.Serialization, "The database could not order this append among others", e);
            case PostgresErrorCodes.DeadlockDetected:
                return new VersionConflictException(ConflictKind.Deadlock, "This append and another waited for each other", e);
            default:
                return null;
        }
    }
}
