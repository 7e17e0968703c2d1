namespace Ente.Orleans.Domain;

/// <summary>The aggregates that are event streams. A stream's name is <c>{type}-{key}</c>.</summary>
public enum StreamType
{
    User,
    Collection,
    File,
    Object,
}

/// <summary>Names one event stream: <c>user-7</c>, <c>collection-9</c>, <c>file-10000001</c>, <c>object-7/0a1b…</c>.</summary>
public readonly record struct StreamId(StreamType Type, string Key)
{
    public static StreamId User(long id) => new(StreamType.User, id.ToString());

    public static StreamId Collection(long id) => new(StreamType.Collection, id.ToString());

    public static StreamId File(long id) => new(StreamType.File, id.ToString());

    public static StreamId Object(string key) => new(StreamType.Object, key);

    /// <summary>The alias of the aggregate, as stored in <c>mt_streams.type</c>.</summary>
    public string Alias => Type switch
    {
        StreamType.User => "user",
        StreamType.Collection => "collection",
        StreamType.File => "file",
        _ => "object",
    };

    /// <summary>The key as the number it is, for all but objects.</summary>
    public long Id => long.Parse(Key);

    public override string ToString() => $"{Alias}-{Key}";

    public static StreamId Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        var type = name[..dash] switch
        {
            "user" => StreamType.User,
            "collection" => StreamType.Collection,
            "file" => StreamType.File,
            "object" => StreamType.Object,
            _ => throw new FormatException($"'{name}' names no stream of this domain"),
        };
        return new StreamId(type, name[(dash + 1)..]);
    }
}
