using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ente.Orleans.Api.Tests;
using Microsoft.AspNetCore.Routing;

namespace Ente.Orleans.Api.Tests.BadInput;

/// <summary>What a route's handler reads from the body, found by reflection: so routes that are added later are tested too.</summary>
internal static class RequestShape
{
    private const int MaxDepth = 4;

    /// <summary>The type of the body, or null where the handler reads none.</summary>
    public static Type? BodyOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters()
            .Select(p => p.ParameterType)
            .FirstOrDefault(t => t.IsGenericType && t.Name.StartsWith("Body`", StringComparison.Ordinal))
            ?.GetGenericArguments()[0];

    /// <summary>A body that looks right for this user.</summary>
    public static JsonNode? Plausible(Type type, string name, ApiUser user, int depth = 0)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (depth > MaxDepth)
            return null;
        if (type == typeof(string))
            return Text(name, user);
        if (type == typeof(bool))
            return true;
        if (type.IsPrimitive)
            return name.Contains("collection", StringComparison.OrdinalIgnoreCase) ? user.AlbumId : 1;
        if (type == typeof(JsonElement) || type == typeof(JsonObject) || type == typeof(JsonNode) || type == typeof(object))
            return new JsonObject { ["a"] = 1 };
        if (ElementOf(type) is { } element)
            return new JsonArray(Plausible(element, name, user, depth + 1));
        var body = new JsonObject();
        foreach (var property in PropertiesOf(type))
        {
            body[JsonNamingPolicy.CamelCase.ConvertName(property.Name)] =
                IsOptionalId(property) ? null : Plausible(property.PropertyType, property.Name, user, depth + 1);
        }

        return body;
    }

    /// <summary>The same body again and again, each time with one value replaced by one that no client sends.</summary>
    public static IEnumerable<JsonNode?> Spoilt(JsonNode? body, IReadOnlyList<JsonNode?> values)
    {
        foreach (var path in PathsOf(body).ToList())
        {
            foreach (var value in values)
            {
                var copy = body!.DeepClone();
                if (Replace(copy, path, value) is { } spoilt)
                    yield return spoilt;
            }
        }
    }

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p is { CanRead: true } && p.CanWrite);

    /// <summary>Ids of comments and reactions: the server makes one, and there is nothing yet to reply to.</summary>
    private static bool IsOptionalId(PropertyInfo property) =>
        property.Name is "Id" or "ParentCommentID" or "CommentID" or "AnonUserID"
        && (property.DeclaringType!.FullName!.Contains("Comments", StringComparison.Ordinal)
            || property.DeclaringType.FullName.Contains("Reactions", StringComparison.Ordinal));

    private static Type? ElementOf(Type type) => type.IsArray
        ? type.GetElementType()
        : type.GetInterfaces().Append(type)
            .FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static string Text(string name, ApiUser user) => name.ToUpperInvariant() switch
    {
        "EMAIL" => ApiServer.NewEmail(),
        "OTT" or "CODE" => ApiServer.Code,
        "TYPE" => "album",
        "ROLE" => "VIEWER",
        "PURPOSE" => "login",
        "OBJECTKEY" => $"{user.Id}/{Guid.NewGuid():D}",
        "PUBLICKEY" => ApiServer.Base64(32),
        "ENCRYPTEDKEY" => ApiServer.Base64(48),
        "CIPHER" => ApiServer.Base64(116),
        "CONTENTMD5" or "PARTMD5S" => ApiServer.Base64(16),
        "SRPA" => ApiServer.Base64(512),
        "SRPM1" => ApiServer.Base64(32),
        "SRPUSERID" or "SETUPID" or "SESSIONID" => Guid.NewGuid().ToString("D"),
        var n when n.EndsWith("NONCE", StringComparison.Ordinal) || n.EndsWith("HEADER", StringComparison.Ordinal) => ApiServer.Base64(24),
        _ => ApiServer.Base64(16),
    };

    private static IEnumerable<IReadOnlyList<object>> PathsOf(JsonNode? node)
    {
        yield return [];
        var children = node switch
        {
            JsonObject o => o.Select(p => ((object)p.Key, p.Value)),
            JsonArray a => a.Select((v, i) => ((object)i, v)),
            _ => [],
        };
        foreach (var (key, value) in children)
        {
            foreach (var path in PathsOf(value))
                yield return [key, .. path];
        }
    }

    private static JsonNode? Replace(JsonNode root, IReadOnlyList<object> path, JsonNode? value)
    {
        if (path.Count == 0)
            return value?.DeepClone();
        var parent = root;
        foreach (var step in path.SkipLast(1))
            parent = step is string name ? parent[name]! : parent[(int)step]!;
        if (path[^1] is string last)
            parent[last] = value?.DeepClone();
        else
            parent[(int)path[^1]] = value?.DeepClone();
        return root;
    }
}
