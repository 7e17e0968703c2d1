namespace Ente.Orleans.Storage;

/// <summary>
/// Says whether clients may still write a key. An upload URL lives for seven days, but once a file has claimed the key the
/// bytes are that file's: a PUT replayed after that would replace them unseen (contract 03 §13.2), so it is refused.
/// </summary>
public interface IUploadGate
{
    /// <summary>
    /// Whether the key was minted for upload and is still unclaimed. Asked before a body is accepted and again before it is
    /// published.
    /// </summary>
    Task<bool> MayWriteAsync(string key, CancellationToken cancellationToken);
}
