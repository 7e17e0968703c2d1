using System.Runtime.InteropServices;

namespace Ente.Orleans.Storage;

/// <summary>
/// A named place for ciphertext: an S3 bucket or the embedded store. It knows keys, sizes and checksums, and nothing of
/// whom they belong to.
/// </summary>
/// <remarks>
/// Failures that callers act on are typed (<see cref="StorageException"/> and its heirs). Everything else, such as a
/// provider that cannot be reached, surfaces as the exception of the library underneath. Keys that
/// <see cref="ObjectKey"/> does not allow are an <see cref="ArgumentException"/>.
/// </remarks>
public interface IObjectProvider
{
    /// <summary>The operator's name for this place, as objects' locations record it.</summary>
    string Name { get; }

    /// <summary>What is stored under <paramref name="key"/>, or null when nothing is.</summary>
    Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Reads the object, or a part of it, as a forward-only stream that the caller disposes.</summary>
    /// <exception cref="ObjectNotFoundException">Nothing is stored under the key.</exception>
    /// <exception cref="RangeNotSatisfiableException">The range begins at or after the object's end.</exception>
    Task<Stream> OpenReadAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores exactly <paramref name="length"/> bytes of <paramref name="content"/>, replacing what the key held. Readers see
    /// the old object or the new one, never a mixture, and after a failure the old one. Memory is bounded whatever the length.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="content">Read forward only and not disposed.</param>
    /// <param name="length">Bytes to store.</param>
    /// <param name="md5">16 bytes the content must hash to, or null.</param>
    /// <param name="cancellationToken">Ends the transfer; nothing is stored then.</param>
    /// <exception cref="ContentMismatchException">The content has another length or MD5.</exception>
    /// <exception cref="StorageFullException">There is no room.</exception>
    Task<ObjectHead> PutAsync(
        string key, Stream content, long length, byte[]? md5 = null, CancellationToken cancellationToken = default);

    /// <summary>Removes the object; removing what is not there succeeds.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Copies inside this provider, without the bytes passing through this process where the provider can do that.</summary>
    /// <returns>The copy, or null when the source does not exist.</returns>
    Task<ObjectHead?> CopyAsync(string sourceKey, string targetKey, CancellationToken cancellationToken = default);

    /// <summary>Every object whose key starts with <paramref name="prefix"/>, in no particular order.</summary>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix = "", CancellationToken cancellationToken = default);

    /// <summary>Whether this place can be used at the moment. Never throws for a provider that is down.</summary>
    Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// A URL with which whoever holds it may PUT this object until it expires (contract 03 §4.2).
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="binding">Length and MD5 that the client has announced and must keep to; null for old clients' unchecked uploads.</param>
    /// <param name="life">How long the URL works, at most seven days.</param>
    /// <param name="origin">Where the client reaches this server. Providers with an address of their own ignore it.</param>
    string PresignPut(string key, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin);

    /// <summary>A URL with which whoever holds it may GET (and HEAD) this object until it expires.</summary>
    string PresignGet(string key, GetOverrides overrides, TimeSpan life, ObjectOrigin? origin);

    /// <summary>Begins an upload in parts and answers its id.</summary>
    Task<string> StartMultipartAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>A URL for one part; part numbers run from 1 to 10,000.</summary>
    string PresignPart(string key, string uploadId, int partNumber, ContentBinding? binding, TimeSpan life, ObjectOrigin? origin);

    /// <summary>A URL to which the client POSTs the list of parts.</summary>
    string PresignComplete(string key, string uploadId, TimeSpan life, ObjectOrigin? origin);

    /// <summary>Forgets an unfinished upload and its parts; an unknown or finished one counts as forgotten.</summary>
    Task AbortMultipartAsync(string key, string uploadId, CancellationToken cancellationToken = default);
}

/// <summary>What a provider knows of a stored object.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="ETag">As HTTP carries it, with its quotes.</param>
/// <param name="Md5">16 bytes, or null when the provider does not know it (objects uploaded in parts).</param>
/// <param name="Sha256">32 bytes, or null; only the embedded store keeps it.</param>
/// <param name="LastModified">When it was stored, by the provider's clock.</param>
public sealed record ObjectHead(
    long Size, string ETag, byte[]? Md5, byte[]? Sha256, DateTimeOffset LastModified);

/// <summary>An object as a listing gives it. <paramref name="Size"/> is in bytes.</summary>
public readonly record struct ObjectEntry(string Key, long Size, DateTimeOffset LastModified);

/// <summary>Bytes from <paramref name="Offset"/> on; to the end without a <paramref name="Length"/> or when it reaches past it.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ByteRange(long Offset, long? Length = null);

/// <summary>What a client has announced of a body: its length in bytes and its MD5 in standard base64.</summary>
public readonly record struct ContentBinding(long Length, string Md5Base64);

/// <summary>Response headers that a GET URL asks for. Both null leaves the provider's own.</summary>
/// <param name="Attachment">Whether the answer says <c>Content-Disposition: attachment</c>.</param>
/// <param name="ContentType">The answer's content type.</param>
public readonly record struct GetOverrides(bool Attachment, string? ContentType)
{
    /// <summary>Files and thumbnails (contract 03 §4.2).</summary>
    public static GetOverrides File => new(Attachment: true, "application/octet-stream");

    /// <summary>Previews: the disposition only.</summary>
    public static GetOverrides Preview => new(Attachment: true, ContentType: null);
}

/// <summary>The result of a health check.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Problem">What is wrong, for the operator; null when all is well.</param>
/// <param name="FreeBytes">Room left, where the provider can tell.</param>
public sealed record ProviderHealth(string Provider, string? Problem, long? FreeBytes = null)
{
    public bool IsHealthy => Problem is null;
}
