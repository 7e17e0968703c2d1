using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Ente.Orleans.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Ente.Orleans.Projections;

/// <summary>
/// Maps a row type to its table: one column a property, in snake case. Rows are written set-wise,
/// one statement a table whatever their number, since a statement a row is what makes a burst slow.
/// </summary>
public sealed class Table<TRow>
    where TRow : class
{
    private readonly Column<TRow>[] columns;
    private readonly string[] key;
    private readonly Func<NpgsqlDataReader, int, TRow> read;

    public Table(string name, params string[] key)
    {
        Name = name;
        this.key = key;
        columns =
        [
            .. typeof(TRow).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.SetMethod is not null)
                .Select(Column<TRow>.Of),
        ];
        Columns = string.Join(", ", columns.Select(c => c.Name));
        read = Reader();
    }

    public string Name { get; }

    /// <summary>Times that differ between the rows of one commit; null where all of them are the commit's own.</summary>
    public RisingTimes? Rising { get; init; }

    /// <summary>The columns in the order in which rows are read.</summary>
    public string Columns { get; }

    /// <summary>The columns with an alias in front, for queries that join.</summary>
    public string ColumnsOf(string alias) => string.Join(", ", columns.Select(c => $"{alias}.{c.Name}"));

    public TRow Read(NpgsqlDataReader reader) => read(reader, 0);

    /// <summary>Reads a row whose columns begin at <paramref name="first"/>.</summary>
    public TRow Read(NpgsqlDataReader reader, int first) => read(reader, first);

    /// <summary>Inserts or replaces rows. Times of this commit are filled in by the database.</summary>
    public NpgsqlBatchCommand Upsert(string schema, IReadOnlyList<TRow> rows)
    {
        var command = new NpgsqlBatchCommand(UpsertSql(schema));
        foreach (var column in columns) command.Parameters.Add(column.Parameter(rows));
        return command;
    }

    /// <summary>Writes rows by COPY, for a rebuild into empty tables.</summary>
    public async Task CopyAsync(NpgsqlConnection connection, string schema, IEnumerable<TRow> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(rows);
        await using var writer = await connection.BeginBinaryImportAsync($"copy {schema}.{Name} ({Columns}) from stdin (format binary)", cancellation);
        foreach (var row in rows)
        {
            await writer.StartRowAsync(cancellation);
            foreach (var column in columns) await column.WriteAsync(writer, row, cancellation);
        }

        await writer.CompleteAsync(cancellation);
    }

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> upserts = [];

    private string UpsertSql(string schema) => upserts.GetOrAdd(schema, s =>
    {
        var sql = new StringBuilder();
        sql.Append($"insert into {s}.{Name} ({Columns}) select ");
        sql.AppendJoin(", ", columns.Select(c => Rising?.Sql(s, c.Name) ?? (c.IsTime
            ? $"case when r.{c.Name} = {Micros.OfThisCommit} then (select store.now_us()) else r.{c.Name} end"
            : $"r.{c.Name}")));
        sql.Append(" from unnest(");
        sql.AppendJoin(", ", columns.Select((c, i) => $"${i + 1}::{c.SqlType}[]"));
        sql.Append($") as r ({Columns}) on conflict ({string.Join(", ", key)}) do update set ");
        sql.AppendJoin(", ", columns.Where(c => !key.Contains(c.Name)).Select(c => $"{c.Name} = excluded.{c.Name}"));
        return sql.ToString();
    });

    private Func<NpgsqlDataReader, int, TRow> Reader()
    {
        var reader = Expression.Parameter(typeof(NpgsqlDataReader), "reader");
        var first = Expression.Parameter(typeof(int), "first");
        var bindings = columns.Select(
            (c, i) => Expression.Bind(c.Property, c.ReadExpression(reader, Expression.Add(first, Expression.Constant(i)))));
        return Expression.Lambda<Func<NpgsqlDataReader, int, TRow>>(
            Expression.MemberInit(Expression.New(typeof(TRow)), bindings), reader, first).Compile();
    }
}

/// <summary>
/// Columns with times of a clock that rises within a commit too (<see cref="Micros.After"/>): −k stands for
/// the k-th of this commit, counted from the commit's time, or from the clock's last time where that is later.
/// </summary>
/// <param name="lastTime">The query, by schema, of the clock's last time before this commit, for the row <c>r</c>.</param>
/// <param name="columns">The columns with such times.</param>
public sealed class RisingTimes(Func<string, string> lastTime, params string[] columns)
{
    internal string? Sql(string schema, string column) => columns.Contains(column)
        ? $"case when r.{column} < 0 then greatest((select store.now_us()), ({lastTime(schema)}) + 1) - 1 - r.{column} else r.{column} end"
        : null;
}

/// <summary>One column of a row type.</summary>
internal abstract class Column<TRow>(PropertyInfo property, string sqlType)
{
    private static readonly HashSet<string> TimeColumns = ["updation_time", "created_at", "updated_at", "shared_at", "deleted_at"];

    public PropertyInfo Property { get; } = property;

    public string Name { get; } = SnakeCase(property.Name);

    public string SqlType { get; } = sqlType;

    /// <summary>Holds the time of the commit that changes the row.</summary>
    public bool IsTime => TimeColumns.Contains(Name);

    public abstract NpgsqlParameter Parameter(IReadOnlyList<TRow> rows);

    public abstract Expression ReadExpression(ParameterExpression reader, Expression ordinal);

    public abstract Task WriteAsync(NpgsqlBinaryImporter writer, TRow row, CancellationToken cancellation);

    public static Column<TRow> Of(PropertyInfo property)
    {
        var type = property.PropertyType;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        var (sqlType, kind) = plain == typeof(long) ? ("bigint", typeof(PlainColumn<,>))
            : plain == typeof(int) ? ("integer", typeof(PlainColumn<,>))
            : plain == typeof(bool) ? ("boolean", typeof(PlainColumn<,>))
            : plain == typeof(string) ? ("text", typeof(PlainColumn<,>))
            : ("json", typeof(JsonColumn<,>));
        return (Column<TRow>)Activator.CreateInstance(kind.MakeGenericType(typeof(TRow), type), property, sqlType)!;
    }

    internal static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

internal sealed class PlainColumn<TRow, TValue>(PropertyInfo property, string sqlType) : Column<TRow>(property, sqlType)
{
    private readonly Func<TRow, TValue?> get = property.GetMethod!.CreateDelegate<Func<TRow, TValue?>>();

    public override NpgsqlParameter Parameter(IReadOnlyList<TRow> rows)
    {
        var values = new TValue?[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = get(rows[i]);
        return new NpgsqlParameter<TValue?[]> { TypedValue = values };
    }

    public override Expression ReadExpression(ParameterExpression reader, Expression ordinal)
    {
        var value = Expression.Call(reader, nameof(NpgsqlDataReader.GetFieldValue), [typeof(TValue)], ordinal);
        if (typeof(TValue).IsValueType && Nullable.GetUnderlyingType(typeof(TValue)) is null) return value;
        var isNull = Expression.Call(reader, nameof(NpgsqlDataReader.IsDBNull), null, ordinal);
        return Expression.Condition(isNull, Expression.Default(typeof(TValue)), value);
    }

    public override async Task WriteAsync(NpgsqlBinaryImporter writer, TRow row, CancellationToken cancellation)
    {
        if (get(row) is { } value) await writer.WriteAsync(value, cancellation);
        else await writer.WriteNullAsync(cancellation);
    }
}

/// <summary>A value object, stored as the JSON that goes to clients as it is.</summary>
internal sealed class JsonColumn<TRow, TValue>(PropertyInfo property, string sqlType) : Column<TRow>(property, sqlType)
    where TValue : class
{
    private readonly Func<TRow, TValue?> get = property.GetMethod!.CreateDelegate<Func<TRow, TValue?>>();

    public override NpgsqlParameter Parameter(IReadOnlyList<TRow> rows)
    {
        var values = new string?[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = Json(rows[i]);
        return new NpgsqlParameter<string?[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json };
    }

    public override Expression ReadExpression(ParameterExpression reader, Expression ordinal) =>
        Expression.Call(typeof(JsonColumn<TRow, TValue>), nameof(Parse), null, reader, ordinal);

    public override async Task WriteAsync(NpgsqlBinaryImporter writer, TRow row, CancellationToken cancellation)
    {
        if (Json(row) is { } json) await writer.WriteAsync(json, NpgsqlDbType.Json, cancellation);
        else await writer.WriteNullAsync(cancellation);
    }

    private static TValue? Parse(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : JsonSerializer.Deserialize<TValue>(reader.GetString(ordinal));

    private string? Json(TRow row) => get(row) is { } value ? JsonSerializer.Serialize(value, RowJson.Options) : null;
}

internal static class RowJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
