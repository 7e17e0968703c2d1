namespace Ente.Orleans.Api.Http;

/// <summary>"Required" in the contract means: not the zero value (api/01 §A2).</summary>
internal static class Required
{
    public static bool All(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            if (string.IsNullOrEmpty(value)) return false;
        }

        return true;
    }

    public static bool All(params ReadOnlySpan<long?> values)
    {
        foreach (var value in values)
        {
            if (value is null or 0) return false;
        }

        return true;
    }
}
