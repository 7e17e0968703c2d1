using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Ente.Orleans.EventStore;

/// <summary>
/// Which CLR type an event alias stands for, and how its older shapes are brought up to date. An alias is for ever: it is what is
/// stored; a type may be renamed or moved freely.
/// </summary>
/// <remarks>
/// <para>Shapes of an alias are numbered from 1. <see cref="Upcast"/> adds the step from shape n to n + 1, so the current shape is
/// the number of steps plus one. From shape 2 on the stored JSON carries its shape as the member <c>$v</c>; without it, it is 1.
/// A body of a shape that this program does not know yet is refused, not guessed at.</para>
/// <para>Bodies are System.Text.Json with its defaults (member names as in C#), nulls left out, unknown members ignored. Enums are
/// numbers unless the type's attributes say otherwise.</para>
/// <para>Set up at start-up; frozen by the first <see cref="PostgresEventStore"/> that uses it.</para>
/// </remarks>
public sealed partial class EventTypes
{
    private const string ShapeMember = "$v";

    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Dictionary<string, Mapping> _byAlias = [];
    private readonly Dictionary<Type, Mapping> _byType = [];
    private bool _frozen;

    /// <summary>The aliases, in the order of their names.</summary>
    public IReadOnlyList<string> Aliases => [.. _byAlias.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Lets an alias (snake_case) stand for a type.</summary>
    /// <exception cref="ArgumentException">The alias or the type is mapped already, or the alias is not snake_case.</exception>
    public EventTypes Map<T>(string alias) where T : notnull => Map(typeof(T), alias);

    /// <inheritdoc cref="Map{T}"/>
    public EventTypes Map(Type type, string alias)
    {
        RequireOpen();
        if (!AliasShape().IsMatch(alias) || alias.Length > 500)
            throw new ArgumentException($"'{alias}' is no event alias: lower case letters, digits and underscores, at most 500", nameof(alias));
        if (_byAlias.TryGetValue(alias, out var taken))
            throw new ArgumentException($"Alias {alias} stands for {taken.Type} already", nameof(alias));
        if (_byType.TryGetValue(type, out taken))
            throw new ArgumentException($"{type} has the alias {taken.Alias} already", nameof(type));
        var mapping = new Mapping(alias, type, $"{type.FullName}, {type.Assembly.GetName().Name}", []);
        _byAlias.Add(alias, mapping);
        _byType.Add(type, mapping);
        return this;
    }

    /// <summary>
    /// Adds the step that turns a stored body of shape <paramref name="fromShape"/> into the next shape. Steps are added in order,
    /// from shape 1.
    /// </summary>
    /// <exception cref="ArgumentException">The alias is not mapped, or a step before this one is missing.</exception>
    public EventTypes Upcast(string alias, int fromShape, Func<JsonObject, JsonObject> step)
    {
        RequireOpen();
        if (!_byAlias.TryGetValue(alias, out var mapping))
            throw new ArgumentException($"Alias {alias} is not mapped", nameof(alias));
        if (fromShape != mapping.Shape)
            throw new ArgumentException($"The next step of {alias} is from shape {mapping.Shape}, not {fromShape}", nameof(fromShape));
        mapping.Steps.Add(step);
        return this;
    }

    /// <summary>The alias that is stored for a type.</summary>
    /// <exception cref="UnknownEventException">The type is not mapped.</exception>
    public string AliasOf(Type type) => Of(type).Alias;

    /// <summary>The type that an alias stands for.</summary>
    /// <exception cref="UnknownEventException">The alias is not mapped.</exception>
    public Type TypeOf(string alias) => Of(alias).Type;

    /// <summary>Marten's <c>mt_dotnet_type</c> of an event: full name and simple assembly name.</summary>
    public string DotnetTypeOf(Type type) => Of(type).DotnetType;

    /// <summary>The JSON that is stored for an event.</summary>
    /// <exception cref="UnknownEventException">Its type is not mapped.</exception>
    public string Write(object data)
    {
        var mapping = Of(data.GetType());
        if (mapping.Shape == 1)
            return JsonSerializer.Serialize(data, mapping.Type, Options);
        var body = JsonSerializer.SerializeToNode(data, mapping.Type, Options)!.AsObject();
        body[ShapeMember] = mapping.Shape;
        return body.ToJsonString(Options);
    }

    /// <summary>The event that a stored alias and JSON stand for, brought up to the current shape.</summary>
    /// <exception cref="UnknownEventException">The alias is not mapped, or the shape is newer than this program.</exception>
    /// <exception cref="JsonException">The body does not fit the type.</exception>
    public object Read(string alias, string json)
    {
        var mapping = Of(alias);
        // Bodies of shape 1 of an alias that has only that one, nearly all there are, are read without a detour.
        if (mapping.Shape == 1 && !json.Contains("\"" + ShapeMember + "\"", StringComparison.Ordinal))
            return JsonSerializer.Deserialize(json, mapping.Type, Options) ?? throw new JsonException($"The body of {alias} is null");
        var body = JsonNode.Parse(json)?.AsObject() ?? throw new JsonException($"The body of {alias} is null");
        var shape = body[ShapeMember]?.GetValue<int>() ?? 1;
        if (shape < 1 || shape > mapping.Shape)
            throw new UnknownEventException(alias, $"Event {alias} is stored in shape {shape}, this program knows up to {mapping.Shape}");
        body.Remove(ShapeMember);
        foreach (var step in mapping.Steps.Skip(shape - 1))
            body = step(body);
        return body.Deserialize(mapping.Type, Options) ?? throw new JsonException($"The body of {alias} is null");
    }

    /// <summary>From here on nothing can be mapped: readers on other threads look up without a lock.</summary>
    internal void Freeze() => _frozen = true;

    private Mapping Of(string alias) => _byAlias.TryGetValue(alias, out var mapping)
        ? mapping
        : throw new UnknownEventException(alias, $"No type is mapped to the event alias {alias}; the database is of a newer program");

    private Mapping Of(Type type) => _byType.TryGetValue(type, out var mapping)
        ? mapping
        : throw new UnknownEventException(type.Name, $"{type} is not mapped to an event alias");

    private void RequireOpen()
    {
        if (_frozen)
            throw new InvalidOperationException("Event types are mapped at start-up, before a store uses them");
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex AliasShape();

    private sealed record Mapping(string Alias, Type Type, string DotnetType, List<Func<JsonObject, JsonObject>> Steps)
    {
        public int Shape => Steps.Count + 1;
    }
}

/// <summary>An event alias or type that this program does not know, or a shape of it.</summary>
public sealed class UnknownEventException(string alias, string message) : Exception(message)
{
    /// <summary>The alias, or the type's name when it has no alias.</summary>
    public string Alias { get; } = alias;
}
