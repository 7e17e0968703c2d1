namespace Ente.Orleans.Storage.S3;

/// <summary>One bucket, by the configuration keys of contract 07 §2.4.</summary>
/// <param name="Key">Access key id.</param>
/// <param name="Secret">Secret access key.</param>
/// <param name="Endpoint">Host, with or without scheme and port. It stands in every URL, so clients must reach it too.</param>
/// <param name="Region">Region of the signatures; empty means us-east-1.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="PathStyle">Whether the bucket is the first segment of the path rather than a part of the host name.</param>
/// <param name="DisableSsl">Whether an <paramref name="Endpoint"/> without scheme means http.</param>
public sealed record S3Options(
    string Key, string Secret, string Endpoint, string Region, string Bucket, bool PathStyle, bool DisableSsl)
{
    /// <summary>The endpoint with its scheme and nothing after the authority.</summary>
    /// <exception cref="FormatException">The endpoint is no host name.</exception>
    internal Uri ServiceUri
    {
        get
        {
            var text = Endpoint.Contains("://", StringComparison.Ordinal) ? Endpoint : (DisableSsl ? "http://" : "https://") + Endpoint;
            return new Uri(ObjectOrigin.Parse(text).Value);
        }
    }

    internal string SigningRegion => string.IsNullOrEmpty(Region) ? "us-east-1" : Region;

    // The compiler's own text would write the secret into logs.
    public override string ToString() => $"S3 bucket '{Bucket}' at {Endpoint}";
}
