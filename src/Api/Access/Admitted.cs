namespace Ente.Orleans.Api.Access;

/// <summary>What the gate found out about a request, for handlers to bind to.</summary>
internal static class Admitted
{
    /// <summary>Who was let in, as which kind of visitor. Handlers get it only where the endpoint requires that kind.</summary>
    public static ValueTask<T> As<T>(HttpContext http)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(http);
        return ValueTask.FromResult(http.Features.Get<T>()
            ?? throw new InvalidOperationException($"{http.GetEndpoint()?.DisplayName} asks for a {typeof(T).Name} without requiring one"));
    }

    /// <summary>A credential in its header, else in the query; empty for none (api/01 §A3).</summary>
    public static string Credential(HttpContext http, string header, string query) =>
        http.Request.Headers[header].ToString() is { Length: > 0 } sent ? sent : Query.Text(http, query);
}
