using System.Text.Json;
using Ente.Orleans.Crypto;
using Ente.Orleans.Domain.Files;
using Ente.Orleans.Storage;

namespace Ente.Orleans.Api.Files;

/// <summary>What the server writes beside a file: ML data and playlists, as JSON objects (api/03 §4.1).</summary>
internal sealed class FileDataStore(ProviderRegistry providers)
{
    public sealed record Content(int V, string EncryptedData, string Header, string Client);

    public IObjectProvider Provider => providers.Derived;

    public static string MlDataKey(long ownerId, long fileId) => $"{ownerId}/file-data/{fileId}/mldata";

    public static string PreviewKey(long ownerId, long fileId, string type, string objectId) =>
        $"{ownerId}/file-data/{fileId}/{type}/{objectId}";

    public static string NewObjectId(string type) =>
        (type == FileData.ImagePreview ? "pi_" : "pv_") + Secrets.RandomAlphanumeric(22);

    /// <summary>Where the JSON of a row is.</summary>
    public static string KeyOf(FileData d) => d.Type == FileData.MlData
        ? MlDataKey(d.UserId, d.FileId)
        : PreviewKey(d.UserId, d.FileId, d.Type, d.ObjectId ?? "") + "_playlist";

    /// <summary>Stores it and gives its size in bytes.</summary>
    public async Task<long> PutAsync(string key, Content content, CancellationToken cancellation)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(content, Answers.Json);
        await providers.Derived.PutAsync(key, new MemoryStream(json), json.Length, null, cancellation);
        return json.Length;
    }

    /// <summary>Null when the object is not there.</summary>
    public async Task<Content?> GetAsync(FileData row, CancellationToken cancellation)
    {
        try
        {
            var provider = providers.Find(row.Provider) ?? providers.Derived;
            await using var stream = await provider.OpenReadAsync(KeyOf(row), null, cancellation);
            return await JsonSerializer.DeserializeAsync<Content>(stream, Answers.Json, cancellation);
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
    }
}
