using Ente.Orleans.Storage;
using Ente.Orleans.Storage.S3;

namespace Ente.Orleans.Silo.Configuration;

/// <summary>The <c>s3</c> section: buckets under fixed names that say nothing of the provider (api/07 §2.4).</summary>
internal static class S3Settings
{
    private const string DefaultHot = "b2-eu-cen";

    /// <summary>Every name that the reference recognises, its retired ones included.</summary>
    private static readonly string[] Names =
    [
        DefaultHot, "wasabi-eu-central-2-v3", "scw-eu-fr-v3", "wasabi-eu-central-2-derived", "b5", "b6", "wasabi-eu-central-2", "scw-eu-fr-locked",
    ];

    /// <summary>The buckets, or null without such a section.</summary>
    public static S3Choice? Read(Settings settings)
    {
        if (!settings.HasSection("s3"))
            return null;
        var local = settings.Bool("s3.are_local_buckets");
        var pathStyle = settings.Bool("s3.use_path_style_urls");
        var buckets = new Dictionary<string, S3Options>();
        foreach (var name in Names)
        {
            if (Bucket(settings, name, local, pathStyle) is { } bucket)
                buckets.Add(name, bucket);
        }

        var hot = Hot(settings);
        if (!buckets.ContainsKey(hot))
            throw settings.Bad($"s3.{hot}.bucket", "is not set; all uploads go to that bucket (without any s3 setting, objects are kept in the data directory)");
        var derived = settings.Text("s3.derived-storage") is { Length: > 0 } given ? given : hot;
        if (!buckets.ContainsKey(derived))
            throw settings.Bad("s3.derived-storage", $"names '{derived}', which is not a configured bucket");
        return new S3Choice(buckets, hot, derived);
    }

    // Both or neither, as the reference does it; but a name that nobody knows is a mistake worth a word.
    private static string Hot(Settings settings)
    {
        var primary = settings.Text("s3.hot_storage.primary", "");
        var secondary = settings.Text("s3.hot_storage.secondary", "");
        foreach (var (key, name) in new[] { ("primary", primary), ("secondary", secondary) })
        {
            if (name.Length > 0 && !Names.Contains(name))
                throw settings.Bad($"s3.hot_storage.{key}", $"names '{name}'; it must be one of {string.Join(", ", Names)}");
        }

        return primary.Length > 0 && secondary.Length > 0 ? primary : DefaultHot;
    }

    private static S3Options? Bucket(Settings settings, string name, bool local, bool pathStyle)
    {
        string Text(string key) => settings.Text($"s3.{name}.{key}", "");
        var own = settings.Bool($"s3.{name}.use_path_style_urls");
        var disableSsl = settings.Bool($"s3.{name}.disable_ssl");
        // Samples set these two per bucket as well; the reference does not read the first there (api/07 §2.4).
        settings.Expect($"s3.{name}.are_local_buckets");
        settings.Expect($"s3.{name}.compliance");
        var options = new S3Options(
            Text("key"), Text("secret"), Text("endpoint"), Text("region"), Text("bucket"),
            PathStyle: local || pathStyle || own, DisableSsl: local || disableSsl);
        if (options.Bucket.Length == 0)
            return null;
        foreach (var (key, value) in new[] { ("endpoint", options.Endpoint), ("key", options.Key), ("secret", options.Secret) })
        {
            if (value.Length == 0)
                throw settings.Bad($"s3.{name}.{key}", $"is not set, but s3.{name}.bucket is");
        }

        var address = options.Endpoint.Contains("://", StringComparison.Ordinal) ? options.Endpoint : "https://" + options.Endpoint;
        if (ObjectOrigin.TryParse(address) is null)
            throw settings.Bad($"s3.{name}.endpoint", $"'{options.Endpoint}' is not a host (with port), with or without http:// or https://");
        return options;
    }
}
