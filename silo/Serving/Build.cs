using System.Reflection;

namespace Ente.Orleans.Silo.Serving;

/// <summary>What this program was built from.</summary>
internal static class Build
{
    private static readonly string Informational =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public static string Version => Informational.Split('+')[0];

    /// <summary>The commit; <c>GIT_COMMIT</c> where an image's build has set it (api/07 §1.3).</summary>
    public static string Commit => Environment.GetEnvironmentVariable("GIT_COMMIT") is { Length: > 0 } given ? given
        : Informational.Split('+') is [_, { Length: > 0 } commit] ? commit
        : "";
}
