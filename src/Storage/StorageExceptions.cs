namespace Ente.Orleans.Storage;

/// <summary>A failure of object storage that callers tell apart by type.</summary>
public abstract class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing is stored under the key.</summary>
public sealed class ObjectNotFoundException(string key, Exception? inner = null) : StorageException($"No object '{key}'.", inner)
{
    public string Key { get; } = key;
}

/// <summary>The wanted range begins at or after the object's end.</summary>
public sealed class RangeNotSatisfiableException(string key, Exception? inner = null)
    : StorageException($"The range lies outside object '{key}'.", inner);

/// <summary>The disk or the bucket's quota is full. Nothing of the object was kept.</summary>
public sealed class StorageFullException(string message, Exception? inner = null) : StorageException(message, inner);

/// <summary>How a body differs from what was announced; the names are S3's error codes.</summary>
public enum ContentMismatch
{
    /// <summary>The body has another MD5.</summary>
    BadDigest,

    /// <summary>The body ended early.</summary>
    IncompleteBody,

    /// <summary>The body is longer than announced.</summary>
    EntityTooLarge,
}

/// <summary>The body is not what was announced. Nothing of it was kept.</summary>
public sealed class ContentMismatchException(ContentMismatch kind, Exception? inner = null)
    : StorageException($"Content mismatch: {kind}.", inner)
{
    public ContentMismatch Kind { get; } = kind;
}

/// <summary>The upload is unknown, finished with other parts, or was aborted.</summary>
public sealed class UploadNotFoundException(string uploadId) : StorageException($"No upload '{uploadId}'.");

/// <summary>The list of parts names one that is missing or has another ETag, or is empty or out of order.</summary>
public sealed class InvalidPartException(string message) : StorageException(message);

/// <summary>The key belongs to a file by now and may not be written any more.</summary>
public sealed class WriteRefusedException(string key) : StorageException($"'{key}' may not be written.");
