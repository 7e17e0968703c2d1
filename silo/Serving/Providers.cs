using Ente.Orleans.Silo.Configuration;
using Ente.Orleans.Storage;
using Ente.Orleans.Storage.Embedded;
using Ente.Orleans.Storage.S3;

namespace Ente.Orleans.Silo.Serving;

/// <summary>The places for ciphertext: the configured buckets, or the embedded store.</summary>
internal sealed class Providers : IDisposable
{
    /// <summary>Name of the embedded store in the locations of objects; never change it.</summary>
    private const string EmbeddedName = "embedded";

    private readonly IReadOnlyList<S3Provider> _buckets;

    private Providers(ProviderRegistry registry, IReadOnlyList<S3Provider> buckets) => (Registry, _buckets) = (registry, buckets);

    public ProviderRegistry Registry { get; }

    /// <summary>The embedded store and its URLs, where it is the one used.</summary>
    public (EmbeddedStore Store, CapabilityUrls Urls)? Embedded { get; private init; }

    /// <exception cref="StartupException">The directory of the embedded store cannot be used.</exception>
    public static Providers Open(SiloOptions options, string directory, byte[] capabilityKey)
    {
        if (options.S3 is { } s3)
        {
            var buckets = s3.Buckets.Select(b => new S3Provider(b.Key, b.Value)).ToList();
            return new Providers(new ProviderRegistry(buckets, s3.Hot, s3.Derived), buckets);
        }

        try
        {
            var urls = new CapabilityUrls(capabilityKey, options.PublicUrl);
            var store = new EmbeddedStore(EmbeddedName, directory, urls, keepFree: options.KeepFree);
            return new Providers(new ProviderRegistry([store], EmbeddedName), []) { Embedded = (store, urls) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The object store in {directory} cannot be used: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (var bucket in _buckets)
            bucket.Dispose();
    }
}
