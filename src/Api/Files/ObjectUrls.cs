using Ente.Orleans.Api.Objects;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Files;

/// <summary>URLs of objects, at the address under which the client itself reached this server.</summary>
internal sealed class ObjectUrls(ProviderRegistry providers, TrustedProxies proxies)
{
    /// <summary>Every kind of URL lives seven days (api/03 §4.2).</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    public IObjectProvider Hot => providers.Hot;

    public IObjectProvider Derived => providers.Derived;

    public ObjectOrigin? OriginOf(HttpContext http) => ObjectOrigin.From(http.Request, proxies);

    /// <summary>307 to the bytes of a file's content or thumbnail; 404 when it has none.</summary>
    public IResult Download(FileState file, string type, HttpContext http)
    {
        var key = type == StoredObject.File ? file.FileObjectKey : file.ThumbnailObjectKey;
        return key is null ? Answers.NotFound : Answers.Redirect(providers.Hot.PresignGet(key, GetOverrides.File, Life, OriginOf(http)));
    }

    public string DownloadDerived(string provider, string key, HttpContext http) =>
        (providers.Find(provider) ?? providers.Derived).PresignGet(key, GetOverrides.Preview, Life, OriginOf(http));
}
