using Microsoft.Win32.SafeHandles;

namespace Ente.Orleans.Storage.Embedded;

/// <summary>
/// An object that is open for reading: its bytes lie at offset 0 of <see cref="File"/>. A later PUT or DELETE of the key does
/// not disturb it.
/// </summary>
public sealed class StoredObject : IDisposable
{
    internal StoredObject(SafeFileHandle file, ObjectHead head)
    {
        File = file;
        Head = head;
    }

    /// <summary>The open file. It is longer than the object (a trailer follows): read <see cref="ObjectHead.Size"/> bytes only.</summary>
    public SafeFileHandle File { get; }

    public ObjectHead Head { get; }

    public void Dispose() => File.Dispose();
}
